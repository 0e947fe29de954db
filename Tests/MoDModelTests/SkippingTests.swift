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
                // A thin token takes 64 of the 160 rows, and as many columns.
                let products = (full * 160 + thin * 64) * 96
                for matrix in [BlockMatrix.gate, .up, .down] {
                    #expect(multiplied(matrix) == MatrixWork(tokens: processed, products: products))
                }
                let stoodIn = variant.hasStandIn ? 40 - processed : 0
                for matrix in [BlockMatrix.standInInner, .standInOuter] {
                    #expect(multiplied(matrix) == MatrixWork(tokens: stoodIn, products: stoodIn * 96 * 32))
                }
            }
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
