import Foundation
import MoDModel
import ModelWorkshop
import TestSupport
import Testing

@Suite("Leaving out whole blocks")
struct BlockRemovalTests {
    let model: MoDModel
    let tokens: [Int32]
    let scorer: TextScorer

    init() throws {
        var shape = TinyModel()
        shape.blockCount = 6
        shape.routedBlocks = [1, 2, 3, 4]
        model = try Workbench().model(shape)
        tokens = model.tokens(96)
        scorer = TextScorer(session: try model.session(), window: 48)
    }

    private func loss(without blocks: [Int]) throws -> Double {
        let thresholds = (0..<4).map { blocks.contains($0) ? Thresholds(.infinity) : .none }
        return try scorer.score(tokens, capacity: .dense, policy: .thresholds(thresholds))
            .negativeLogLikelihood
    }

    @Test("Each block that goes is the one the text misses least")
    func greedy() throws {
        var shares: [Double] = []
        let removal = try BlockRemoval(session: model.session(), window: 48, text: tokens) {
            shares.append($0)
        }
        #expect(removal.order.sorted() == [0, 1, 2, 3])
        for count in 0..<3 {
            let gone = Array(removal.order.prefix(count))
            let losses = try (0..<4).filter { !gone.contains($0) }.map {
                (try loss(without: gone + [$0]), $0)
            }
            #expect(losses.min { $0.0 < $1.0 }?.1 == removal.order[count])
        }
        #expect(shares == shares.sorted() && shares.count == 3)
    }

    @Test("Removes enough blocks to read no more than routing, and not one more")
    func count() throws {
        let removal = try BlockRemoval(session: model.session(), window: 48, text: tokens) { _ in }
        let weights = model.description.weights
        let dense = Double(weights.outsideBlocks + 6 * weights.fullBlock)
        for share in [1.0, 0.9, 0.75, 0.5] {
            let count = removal.count(reading: share)
            let read = dense - Double(count * weights.fullBlock)
            #expect(read <= share * dense + 1e-6 || count == 4)
            #expect(count == 0 || read + Double(weights.fullBlock) > share * dense)
        }
        #expect(removal.count(reading: 1.2) == 0 && removal.count(reading: 0) == 4)
    }

    @Test("The first of the order are left out of what is scored")
    func score() throws {
        let removal = try BlockRemoval(session: model.session(), window: 48, text: tokens) { _ in }
        let score = try removal.score([ScoredText(tokens)], removing: 2)
        #expect(score.negativeLogLikelihood == (try loss(without: Array(removal.order.prefix(2)))))
        #expect(score.realisedCapacity < 0.6)
    }

    @Test("Nothing may stand in for what is removed")
    func standIns() throws {
        let bench = try Workbench()
        let dense = try bench.model(Workbench.dense)
        let blocks = [2, 5]
        var file = ModelFile(
            dense: dense, blocks: blocks,
            routers: blocks.map { _ in Router(weights: Array(repeating: 0, count: 64), bias: 0) },
            anchorTokens: 0)
        try file.write(to: bench.path("bare.gguf"), shardLimit: nil)
        let unit = [Float](repeating: 0.1, count: 32 * 64)
        file.standIns = blocks.map { _ in
            StandIn(inner: unit, outer: unit, bias: Array(repeating: 0.5, count: 64))
        }
        try file.write(to: bench.path("stands-in.gguf"), shardLimit: nil)
        let model = try MoDModel(contentsOf: bench.path("stands-in.gguf"))
        #expect(throws: WorkshopError.self) {
            try BlockRemoval(session: model.session(), window: 48, text: tokens) { _ in }
        }
        let bare = try MoDModel(contentsOf: bench.path("bare.gguf"))
        #expect(model.withoutStandIns.description.weights == bare.description.weights)
        func logits(_ model: MoDModel) throws -> [[Float]] {
            let session = try model.session()
            session.policy = .thresholds(blocks.map { _ in Thresholds(.infinity) })
            return try session.run(tokens).logits
        }
        #expect(try logits(model.withoutStandIns) == logits(bare))
        #expect(try logits(model) != logits(bare))
    }
}
