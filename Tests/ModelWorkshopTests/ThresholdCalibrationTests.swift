import MoDModel
import ModelWorkshop
import TestSupport
import Testing

@Suite("Calibration")
struct ThresholdCalibrationTests {
    private static func shape(_ gate: Gate, _ kv: KVPolicy) -> TinyModel {
        var shape = TinyModel()
        shape.blockCount = 6
        shape.routedBlocks = [1, 2, 4, 5]
        shape.gate = gate.rawValue
        shape.kv = kv.rawValue
        // Enough that counting them among the scores would show.
        shape.anchorTokens = 50
        return shape
    }

    /// The share of (token, routed block) pairs processed, anchors left out.
    private static func realised(
        _ model: MoDModel, _ corpus: ChatCorpus, at capacity: Capacity
    ) throws -> Double {
        let session = try model.session()
        session.capacity = capacity
        session.policy = .table
        var (processed, all) = (0, 0)
        for sequence in corpus.sequences {
            for routing in try session.run(sequence).routings.dropFirst(model.description.anchorTokens) {
                processed += model.description.routedBlocks.count { routing.grades[$0] == .full }
                all += model.description.routedBlocks.count
            }
        }
        return Double(processed) / Double(all)
    }

    @Test(
        "The corpus realises every capacity of the grid, from anchors only to everything",
        arguments: Gate.allCases, KVPolicy.allCases)
    func realisedCapacity(gate: Gate, kv: KVPolicy) throws {
        let bench = try Workbench()
        let model = try bench.model(Self.shape(gate, kv))
        let corpus = model.corpus(texts: 4, length: 150)
        let shares = ShareLog()
        let table = try ThresholdCalibration(model: model, corpus: corpus, threads: 1).table(
            progress: shares.add)
        #expect(table.capacities == (0...16).map { Float($0) / 16 })
        #expect(table.rows.count == 4)
        for row in table.rows.map(\.full) {
            #expect(row == table.rows[0].full)
            #expect(zip(row, row.dropFirst()).allSatisfy { $0 >= $1 })
            #expect(Set(row).count == 17)
        }
        #expect(shares.shares == (1..<16).map { Double($0) / 16 })

        let path = bench.path("calibrated.gguf")
        _ = try Recalibration(model: model, table: table, defaultCapacity: nil)
            .write(to: path, shardLimit: nil)
        let calibrated = try MoDModel(contentsOf: path)
        for step in 0...16 {
            let capacity = try #require(Capacity(Double(step) / 16))
            let realised = try Self.realised(calibrated, corpus, at: capacity)
            let bound = step == 0 || step == 16 ? 0 : 0.01
            #expect((realised - capacity.value).magnitude <= bound, "\(realised) at \(capacity.value)")
        }
    }

    @Test("Blocks share the capacity out by their scores: one threshold for all")
    func sharedOut() throws {
        let bench = try Workbench()
        let dense = try bench.model(Workbench.dense)
        // The same function at two blocks, but one scores higher throughout.
        let weights = (0..<64).map { Float($0 % 5) * 0.1 - 0.2 }
        let routers = [Router(weights: weights, bias: 0), Router(weights: weights, bias: 50)]
        let path = bench.path("routed.gguf")
        try ModelFile(dense: dense, blocks: [2, 4], routers: routers, anchorTokens: 4)
            .write(to: path, shardLimit: nil)
        let model = try MoDModel(contentsOf: path)
        let corpus = model.corpus(texts: 2, length: 100)
        let table = try ThresholdCalibration(model: model, corpus: corpus, threads: 1).table { _ in }
        let half = try table.thresholds(block: 0, at: #require(Capacity(0.5)))
        let session = try model.session()
        session.policy = .thresholds([half, half])
        let routings = try session.run(corpus.sequences[0]).routings.dropFirst(4)
        #expect(
            routings.allSatisfy { $0.grades[4] == .full } && routings.count { $0.grades[2] == .full } <= 2)
    }

    /// With blocks bypassed the residuals, and so the scores, are others than with blocks processed.
    @Test("At capacity 0 no score is enough, however far scores spread", arguments: UInt64(0)..<4)
    func nothing(seed: UInt64) throws {
        let bench = try Workbench()
        let dense = try bench.model(Workbench.dense)
        var random = SeededGenerator(seed: seed)
        let blocks = Array(1..<8)
        let routers = blocks.map { _ in
            Router(weights: (0..<64).map { _ in Float.random(in: -9...9, using: &random) }, bias: 0)
        }
        let path = bench.path("routed.gguf")
        try ModelFile(dense: dense, blocks: blocks, routers: routers, anchorTokens: 2)
            .write(to: path, shardLimit: nil)
        let model = try MoDModel(contentsOf: path)
        let corpus = model.corpus(texts: 1, length: 60, seed: seed)
        let table = try ThresholdCalibration(model: model, corpus: corpus, threads: 1).table { _ in }
        let session = try model.session()
        session.policy = .thresholds(blocks.map { _ in Thresholds(.infinity) })
        for routing in try session.run(corpus.sequences[0]).routings.dropFirst(2) {
            #expect(routing.scores.allSatisfy { $0 < table.rows[0].full[0] })
        }
    }

    @Test("Texts longer than the context are cut to it")
    func longTexts() throws {
        let model = try Workbench().model(TinyModel())
        func table(length: Int) throws -> ThresholdTable {
            let corpus = ChatCorpus(chats: [ScoredText(model.tokens(400)).prefix(length)])
            return try ThresholdCalibration(model: model, corpus: corpus, threads: 1).table { _ in }
        }
        #expect(try table(length: 400) == table(length: 256))
    }

    /// A block whose scores are all equal: a threshold takes all of its tokens or none.
    @Test("Where scores are equal, the shares still come to the capacity, and held realises it")
    func equalScores() throws {
        let bench = try Workbench()
        var shape = Self.shape(.hard, .all)
        shape.anchorTokens = 4
        shape.contextLength = 1500
        let model = try bench.model(shape) { name, floats in
            if name == "blk.2.depth_router.out.weight" { floats = floats.map { _ in 0 } }
        }
        let corpus = model.corpus(texts: 4, length: 250)
        let table = try ThresholdCalibration(model: model, corpus: corpus, threads: 1).table { _ in }
        try expectShares(table, thinWork: 1)
        let path = bench.path("calibrated.gguf")
        _ = try Recalibration(model: model, table: table, defaultCapacity: nil)
            .write(to: path, shardLimit: nil)
        let calibrated = try MoDModel(contentsOf: path)
        for capacity in [0.25, 0.5, 0.75] {
            let session = try calibrated.session()
            session.capacity = try #require(Capacity(capacity))
            let routings = try session.run(model.tokens(1500, seed: 9)).routings
            let work = routings.reduce(0) { $0 + $1.work(at: shape.routedBlocks, thinWork: 1) }
            let realised = work / Double(routings.count * shape.routedBlocks.count)
            #expect((realised - capacity).magnitude < 0.01, "\(realised) at \(capacity)")
        }
    }

    @Test("So they do with a thin path, and where all scores of a model are equal", arguments: [1, 4])
    func equalScoresThin(count: Int) throws {
        let bench = try Workbench()
        let blocks = [1, 3, 4, 6]
        var random = SeededGenerator(seed: 3)
        let routers = blocks.indices.map { place in
            let spread: Float = place < count ? 0 : 1
            return Router(
                weights: (0..<64).map { _ in spread * Float.random(in: -1...1, using: &random) }, bias: 0.5)
        }
        var file = ModelFile(
            dense: try bench.model(Workbench.dense), blocks: blocks, routers: routers, anchorTokens: 4)
        file.thinPath = ModelFile.ThinPath(length: 32, orders: blocks.map { _ in Array(0..<96) })
        try file.write(to: bench.path("routed.gguf"), shardLimit: nil)
        let model = try MoDModel(contentsOf: bench.path("routed.gguf"))
        let corpus = model.corpus(texts: 4, length: 150)
        let table = try ThresholdCalibration(model: model, corpus: corpus, threads: 1).table { _ in }
        try expectShares(table, thinWork: Float(model.description.weights.thinWork))
    }

    /// The mean over the blocks of the work that the shares come to is the capacity. That they never fall, and are not
    /// above 1, every table sees to.
    private func expectShares(_ table: ThresholdTable, thinWork: Float) throws {
        for (step, capacity) in table.capacities.enumerated() {
            let work = table.rows.reduce(0) {
                $0 + $1.fullShare[step] + thinWork * ($1.processedShare[step] - $1.fullShare[step])
            }
            #expect((work / Float(table.rows.count) - capacity).magnitude < 1e-5, "\(work) at \(step)/16")
        }
    }

    @Test("A text without a token that is no anchor is refused, and one that has one is not")
    func shortTexts() throws {
        let model = try Workbench().model(Self.shape(.hard, .all))
        func calibration(_ length: Int) throws -> ThresholdCalibration {
            try ThresholdCalibration(
                model: model, corpus: model.corpus(texts: 3, length: length), threads: 1)
        }
        let error = try #require(throws: WorkshopError.self) { try calibration(50) }
        guard case .text(_, let reason) = error, reason.contains("more than 50 tokens") else {
            Issue.record("\(error)")
            return
        }
        _ = try calibration(51)
        var shape = TinyModel()
        shape.anchorTokens = 256
        let anchored = try Workbench().model(shape)
        let refusal = try #require(throws: WorkshopError.self) {
            try ThresholdCalibration(
                model: anchored, corpus: anchored.corpus(texts: 1, length: 300), threads: 1)
        }
        guard case .unsuitable = refusal else {
            Issue.record("\(refusal)")
            return
        }
    }

    @Test("A model without routers is refused")
    func dense() throws {
        let model = try Workbench().model(Workbench.dense)
        #expect(throws: WorkshopError.hasNoRouters) {
            try ThresholdCalibration(model: model, corpus: model.corpus(texts: 1, length: 9), threads: 1)
        }
    }

    private final class ShareLog {
        var shares: [Double] = []
        func add(_ share: Double) { shares.append(share) }
    }
}
