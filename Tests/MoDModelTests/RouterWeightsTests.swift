import MoDModel
import TestSupport
import Testing

@Suite("Routers put in place of others")
struct RouterWeightsTests {
    @Test("A model with other routers is that of a file that has them, and the first stays as it was")
    func routers() throws {
        var parts = try ModelParts()
        let model = try parts.open()
        var random = SeededGenerator(seed: 9)
        func floats(_ count: Int) -> [Float] {
            (0..<count).map { _ in Float.random(in: -0.5...0.5, using: &random) }
        }
        let routers = (0..<2).map { _ in
            RouterWeights(inWeight: floats(3 * 64), inBias: floats(3), outWeight: floats(3), outBias: 0.125)
        }
        for (block, router) in zip([1, 2], routers) {
            let name = "blk.\(block).depth_router"
            parts.set("\(name).in.weight", shape: [64, 3], floats: router.inWeight)
            parts.set("\(name).in.bias", shape: [3], floats: router.inBias)
            parts.set("\(name).out.weight", shape: [3], floats: router.outWeight)
            parts.set("\(name).out.bias", shape: [1], floats: [router.outBias])
        }
        func record(_ model: MoDModel) throws -> Record {
            let session = try model.session()
            session.policy = .table
            session.capacity = try #require(Capacity(0.5))
            return try session.feed(model.tokens(40), chunks: [40])
        }
        let before = try record(model)
        let changed = try record(model.withRouters(routers))
        let written = try record(parts.open())
        #expect(changed.routings == written.routings && changed.logits == written.logits)
        #expect(changed.routings != before.routings)
        #expect(try record(model).routings == before.routings)
    }
}
