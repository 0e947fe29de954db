import GGUF
import MoDModel
import TestSupport
import Testing

/// A bypassed token costs nothing: the rows that each matrix multiplied are counted.
@Suite("Skipping", .serialized)
struct SkippingTests {
    @Test("Matrices multiply the processed rows and no other", arguments: Variant.all, Variant.capacities)
    func rows(variant: Variant, capacity: Capacity) throws {
        let model = try variant.model()
        let (query, kv) = (model.configuration.queryLength, model.configuration.kvLength)
        for (threads, chunk) in [(1, 40), (1, 1), (2, 20)] {
            let session = try model.session(threads: threads, capacity: capacity)
            let record = try session.feed(model.tokens(40), chunks: [chunk])
            for block in 0..<5 {
                func multiplied(_ matrix: BlockMatrix) -> MatrixWork {
                    session.work(of: matrix, block: block)
                }
                let full = record.routings.count { $0.grades[block] == .full }
                let thin = record.routings.count { $0.grades[block] == .thin }
                let isRouted = model.description.routedBlocks.contains(block)
                #expect(isRouted || full == 40)
                #expect(thin == 0 || variant.isGraded)
                let cached = variant.kv == .all ? 40 : full + thin
                #expect(multiplied(.key) == MatrixWork(tokens: cached, products: cached * kv * 96))
                #expect(multiplied(.value) == MatrixWork(tokens: cached, products: cached * kv * 96))
                let processed = full + thin
                #expect(multiplied(.query) == MatrixWork(tokens: processed, products: processed * query * 96))
                #expect(
                    multiplied(.attentionOutput)
                        == MatrixWork(tokens: processed, products: processed * 96 * query))
                let feedForward = feedForward(block, record.routings, model.configuration)
                for matrix in [BlockMatrix.gate, .up, .down] {
                    #expect(multiplied(matrix) == feedForward)
                }
                let stoodIn = variant.hasStandIn ? 40 - processed : 0
                for matrix in [BlockMatrix.standInInner, .standInOuter] {
                    #expect(multiplied(matrix) == MatrixWork(tokens: stoodIn, products: stoodIn * 96 * 32))
                }
            }
        }
    }

    /// What each matrix of a block's feed-forward should have multiplied: a thin token takes 64 of the 160 rows, and as
    /// many columns; one of several experts 64, and the one for all 96.
    private func feedForward(
        _ block: Int, _ routings: [TokenRouting], _ shape: ModelConfiguration
    ) -> MatrixWork {
        routings.reduce(into: MatrixWork()) { work, routing in
            guard routing.grades[block] > .bypassed else { return }
            guard let experts = shape.experts else {
                work.tokens += 1
                work.products += (routing.grades[block] == .full ? 160 : 64) * 96
                return
            }
            let taken = routing.experts[block].count
            work.tokens += taken + (experts.sharedLength == nil ? 0 : 1)
            work.products += (taken * experts.length + (experts.sharedLength ?? 0)) * 96
        }
    }

    @Test("All three grades occur, or the counts above would show little")
    func grades() throws {
        for variant in Variant.graded {
            let model = try variant.model()
            let record = try model.session(capacity: Capacity(0.5)).feed(model.tokens(40), chunks: [40])
            #expect(Set(record.routings.dropFirst(2).map { $0.grades[1] }) == Set(Grade.allCases))
        }
    }

    @Test("What the thin path leaves away has no part in a thin token", arguments: [1, 7, 40])
    func rest(chunk: Int) throws {
        var shape = Variant.graded[0].shape
        shape.anchorTokens = 0
        let models = try [1, 1e4].map { (factor: Float) in
            var parts = try ModelParts(shape)
            for tensor in parts.tensors where tensor.name.contains(".ffn_") && tensor.rowCount > 1 {
                // Of `gate` and `up` the rows from 64 on, of `down` the columns.
                let length = tensor.rowLength
                let place = tensor.name.contains("down") ? { $0 % length } : { $0 / length }
                let isRouted = shape.routedBlocks.contains { tensor.name.hasPrefix("blk.\($0).") }
                let floats = try tensor.floats().enumerated().map {
                    isRouted && place($0.offset) >= 64 ? $0.element * factor : $0.element
                }
                parts.set(tensor.name, shape: tensor.shape, floats: floats)
            }
            return try parts.open()
        }
        let tokens = models[0].tokens(40)
        func record(_ model: MoDModel, _ thresholds: Thresholds) throws -> Record {
            let session = try model.session(threads: 2)
            session.policy = .thresholds(shape.routedBlocks.map { _ in thresholds })
            return try session.feed(tokens, chunks: [chunk])
        }
        let thin = Thresholds(full: .infinity, thin: -.infinity)
        #expect(try record(models[1], thin).difference(from: record(models[0], thin)) == nil)
        #expect(try record(models[1], .none).difference(from: record(models[0], .none)) != nil)
    }

    @Test("Experts that a token does not go through have no part in it", arguments: [1, 7, 40])
    func otherExperts(chunk: Int) throws {
        let parts = try ModelParts(Variant.integrated.shape)
        let model = try parts.open()
        let tokens = model.tokens(40)
        let record = try model.session(threads: 2, capacity: .dense).feed(tokens, chunks: [chunk])
        // Of the last block, so that what changes there leads no token to other experts.
        let block = 4
        let length = 64 * 96
        for expert in 0..<5 {
            var spoiled = parts
            let name = "blk.\(block).ffn_up_exps.weight"
            let tensor = try model.file.tensor(name)
            let floats = try tensor.floats().enumerated().map {
                $0.offset / length == expert ? $0.element + 0.1 : $0.element
            }
            spoiled.set(name, shape: tensor.shape, floats: floats)
            let other = try spoiled.open().session(threads: 2, capacity: .dense).feed(tokens, chunks: [chunk])
            for token in tokens.indices {
                let takes = record.routings[token].experts[block].contains(UInt16(expert))
                #expect((record.logits[token] != other.logits[token]) == takes)
            }
        }
    }

    @Test("A token that goes through no expert keeps what attention gave it")
    func noOp() throws {
        var parts = try ModelParts(Variant.integrated.shape)
        for block in 0..<5 {
            parts.set("blk.\(block).ffn_gate_inp.bias", shape: [6], floats: [0, 0, 0, 0, 0, 1e6])
        }
        let session = try parts.open().session(threads: 2, capacity: .dense)
        let record = try session.feed(session.model.tokens(20), chunks: [7, 1])
        // Two anchors go through all five experts.
        #expect(record.routings[2...].allSatisfy { $0.experts == [[], [], [], [], []] && $0.depth == 5 })
        #expect(record.routings[..<2].allSatisfy { $0.experts.allSatisfy { Set($0) == Set(0..<5) } })
        #expect([BlockMatrix.gate, .up, .down].allSatisfy { session.work(of: $0, block: 3).tokens == 10 })
        #expect(session.work(of: .query, block: 3).tokens == 20)
    }

    @Test("At capacity 0 only anchors are processed", arguments: Variant.all)
    func anchorsOnly(variant: Variant) throws {
        let model = try variant.model()
        let session = try model.session(capacity: Capacity(0))
        session.policy = .thresholds(Array(repeating: Thresholds(.infinity), count: 3))
        let record = try session.feed(model.tokens(20), chunks: [6])
        for (position, routing) in record.routings.enumerated() {
            #expect(routing.depth == (position < 2 ? 5 : 2))
        }
        #expect(
            session.work(of: .query, block: 1).tokens == 2 && session.work(of: .query, block: 0).tokens == 20)
    }

    @Test("A dense model has no work to save")
    func dense() throws {
        let model = try ModelParts().dense().open()
        let session = try model.session(capacity: Capacity(0.25))
        let record = try session.feed(model.tokens(10), chunks: [4])
        #expect(record.routings.allSatisfy { $0.depth == 4 && $0.scores.isEmpty && $0.thresholds.isEmpty })
        for block in 0..<4 {
            for matrix in BlockMatrix.allCases where matrix != .standInInner && matrix != .standInOuter {
                #expect(session.work(of: matrix, block: block).tokens == 10)
            }
        }
    }
}
