import Foundation
import GGUF
import MoDModel
import ModelWorkshop
import TestSupport
import Testing

@Suite("Stand-ins")
struct StandInTests {
    private let bench: Workbench
    private let dense: MoDModel
    private let corpus: ChatCorpus
    private static let blocks = [2, 5]

    init() throws {
        bench = try Workbench()
        dense = try bench.model(Workbench.dense)
        corpus = dense.corpus(texts: 8, length: 120)
    }

    /// Routers whose scores say which tokens come first: by the first number of the normed input.
    private var routers: [Router] {
        Self.blocks.map { _ in Router(weights: [1] + Array(repeating: 0, count: 63), bias: 0) }
    }

    /// The normed inputs of a block and its outputs, of all tokens but anchors.
    private func samples(_ block: Int) throws -> [(input: [Double], output: [Double])] {
        let norm = try dense.file.tensor("blk.\(block).attn_norm.weight").floats()
        let session = try dense.session(chunkLength: 120)
        var samples: [(input: [Double], output: [Double])] = []
        session.blockObserver = { seen, before, after in
            guard seen == block else { return }
            for token in ModelConverter.anchorTokens..<120 {
                let x = (0..<64).map { Double(before[token * 64 + $0]) }
                let root = (x.reduce(0) { $0 + $1 * $1 } / 64 + 1e-5).squareRoot()
                samples.append(
                    (
                        zip(x, norm).map { $0 / root * Double($1) },
                        (0..<64).map { Double(after[token * 64 + $0]) - x[$0] }
                    ))
            }
        }
        for sequence in corpus.sequences {
            session.truncate(to: 0)
            try session.forward(sequence[...], logits: .none)
        }
        return samples
    }

    private func outcome(_ standIn: StandIn, _ x: [Double]) -> [Double] {
        func product(_ matrix: [Float], _ x: [Double]) -> [Double] {
            stride(from: 0, to: matrix.count, by: x.count).map { start in
                zip(matrix[start..<start + x.count], x).reduce(0) { $0 + Double($1.0) * $1.1 }
            }
        }
        return zip(product(standIn.outer, product(standIn.inner, x)), standIn.bias).map { $0 + Double($1) }
    }

    /// The mean of what is predicted is that of the outputs, since b is free; and it is of these tokens, not of all.
    @Test("They are fitted to the tokens of the lower scores, and predict them better than their mean does")
    func fit() throws {
        let standIns = try StandInFit(model: dense, blocks: Self.blocks, routers: routers)
            .fit(corpus, threads: 1) { _ in }
        for (block, standIn) in zip(Self.blocks, standIns) {
            #expect(standIn.rank == 32)
            let all = try samples(block)
            let limit = all.map { $0.input[0] }.sorted()[(all.count - 1) / 2]
            let low = all.filter { $0.input[0] <= limit }
            var (left, spread) = (0.0, 0.0)
            for place in 0..<64 {
                let mean = low.reduce(0) { $0 + $1.output[place] } / Double(low.count)
                let said = low.reduce(0) { $0 + outcome(standIn, $1.input)[place] } / Double(low.count)
                #expect((mean - said).magnitude < 1e-3 * max(1, mean.magnitude))
                left += low.reduce(0) { $0 + pow($1.output[place] - outcome(standIn, $1.input)[place], 2) }
                spread += low.reduce(0) { $0 + pow($1.output[place] - mean, 2) }
            }
            #expect(left < 0.8 * spread, "\(left) of \(spread)")
        }
    }

    @Test("The engine gives bypassed tokens what the file's stand-ins say")
    func engine() throws {
        var random = SeededGenerator(seed: 6)
        func matrix(_ count: Int) -> [Float] {
            (0..<count).map { _ in Float.random(in: -0.2...0.2, using: &random) }
        }
        let standIns = Self.blocks.map { _ in
            StandIn(inner: matrix(32 * 64), outer: matrix(32 * 64), bias: matrix(64))
        }
        var file = ModelFile(dense: dense, blocks: Self.blocks, routers: routers, anchorTokens: 0)
        file.standIns = standIns
        try file.write(to: bench.path("routed.gguf"), shardLimit: nil)
        let model = try MoDModel(contentsOf: bench.path("routed.gguf"))
        #expect(model.configuration.routing.standInRank == 32)
        let session = try model.session()
        session.policy = .thresholds(Self.blocks.map { _ in Thresholds(.infinity) })
        let norm = try dense.file.tensor("blk.5.attn_norm.weight").floats()
        session.blockObserver = { block, before, after in
            guard block == 5 else { return }
            for token in 0..<20 {
                let x = (0..<64).map { Double(before[token * 64 + $0]) }
                let root = (x.reduce(0) { $0 + $1 * $1 } / 64 + 1e-5).squareRoot()
                let expected = outcome(standIns[1], zip(x, norm).map { $0 / root * Double($1) })
                for place in 0..<64 {
                    let change = Double(after[token * 64 + place]) - x[place]
                    // The matrices are int8 in the file.
                    #expect((change - expected[place]).magnitude < 0.02, "\(change) for \(expected[place])")
                }
            }
        }
        try session.forward(dense.tokens(20)[...], logits: .none)
    }

    @Test("Routers that know of them predict how far they leave the residual from what the block makes of it")
    func knowing() throws {
        let standIns = try StandInFit(model: dense, blocks: Self.blocks, routers: routers)
            .fit(corpus, threads: 1) { _ in }
        let known = try RouterFit(model: dense, blocks: Self.blocks, standIns: standIns)
            .fit(corpus, threads: 1) { _ in }
        let unknown = try RouterFit(model: dense, blocks: Self.blocks).fit(corpus, threads: 1) { _ in }
        for (index, block) in Self.blocks.enumerated() {
            let inputs = try samples(block).map(\.input)
            func mean(_ router: Router) -> Double {
                let weights = router.inWeight.prefix(64)
                return inputs.reduce(0) { sum, x in
                    sum + zip(x, weights).reduce(Double(router.inBias[0])) { $0 + $1.0 * Double($1.1) }
                } / Double(inputs.count)
            }
            #expect(mean(known[index]) < mean(unknown[index]) - 0.1)
        }
    }
}
