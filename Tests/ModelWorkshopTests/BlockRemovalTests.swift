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
        let removal = try BlockRemoval(model: model, scorer: scorer, text: tokens) { shares.append($0) }
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
        let removal = try BlockRemoval(model: model, scorer: scorer, text: tokens) { _ in }
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

    @Test("The policy leaves out the first of the order")
    func policy() throws {
        let removal = try BlockRemoval(model: model, scorer: scorer, text: tokens) { _ in }
        let score = try scorer.score(tokens, capacity: .dense, policy: removal.policy(removing: 2))
        #expect(score.negativeLogLikelihood == (try loss(without: Array(removal.order.prefix(2)))))
        #expect(score.realisedCapacity < 0.6)
    }
}
