import MoDModel
import ModelWorkshop
import TestSupport
import Testing

@Suite("What bypassing costs")
struct BypassCostsTests {
    /// Routers that give every token the score 0.
    private func model(_ bench: Workbench, silent: Int) throws -> MoDModel {
        let dense = try bench.model(Workbench.dense) { name, floats in
            let isOutput = name.hasSuffix("attn_output.weight") || name.hasSuffix("ffn_down.weight")
            if isOutput, name.hasPrefix("blk.\(silent).") { floats = floats.map { _ in 0 } }
        }
        let blocks = [2, 3, 4, 5]
        let routers = blocks.map { _ in Router(weights: Array(repeating: 0, count: 64), bias: 0) }
        try ModelFile(dense: dense, blocks: blocks, routers: routers, anchorTokens: 2)
            .write(to: bench.path("routed.gguf"), shardLimit: nil)
        return try MoDModel(contentsOf: bench.path("routed.gguf"))
    }

    @Test("A block that does nothing costs least, and no block nothing", arguments: [2, 4])
    func silent(block: Int) throws {
        let model = try model(Workbench(), silent: block)
        var shares: [Double] = []
        let corpus = model.corpus(texts: 4, length: 120)
        let factors = try BypassCosts(model: model, corpus: corpus, threads: 1) { shares.append($0) }.factors
        #expect(factors.count == 4 && factors.allSatisfy { $0 > 0 && $0.isFinite })
        #expect(
            factors.enumerated().allSatisfy { $0 == block - 2 || $1 > 2 * factors[block - 2] }, "\(factors)")
        #expect(!shares.isEmpty && shares == shares.sorted() && shares.allSatisfy { (0...1).contains($0) })
    }

    @Test("Where nothing can be measured all blocks are alike")
    func nothing() throws {
        let model = try model(Workbench(), silent: 2)
        let corpus = ChatCorpus(chats: [ScoredText(model.tokens(2))])
        #expect(try BypassCosts(model: model, corpus: corpus, threads: 1) { _ in }.factors == [1, 1, 1, 1])
    }

    @Test("A model without routers is refused")
    func dense() throws {
        let dense = try Workbench().model(Workbench.dense)
        #expect(throws: WorkshopError.hasNoRouters) {
            try BypassCosts(model: dense, corpus: dense.corpus(texts: 1, length: 20), threads: 1) { _ in }
        }
    }
}
