import Foundation
import GGUF
import MoDModel
import ModelWorkshop
import TestSupport
import Testing

@Suite("Routers")
struct RouterTests {
    @Test("Two hidden units make a linear function: silu(z) − silu(−z) = z")
    func linear() {
        let router = Router(weights: [2, -3], bias: 0.5)
        func score(_ x: [Double]) -> Double {
            var score = Double(router.outBias)
            for (unit, out) in router.outWeight.enumerated() {
                let row = router.inWeight[2 * unit..<2 * unit + 2].map(Double.init)
                let z = row[0] * x[0] + row[1] * x[1] + Double(router.inBias[unit])
                score += Double(out) * z / (1 + exp(-z))
            }
            return score
        }
        let inputs: [[Double]] = [[0, 0], [1, 1], [-4, 2.5], [30, -20]]
        for x in inputs {
            let expected: Double = 2 * x[0] - 3 * x[1] + 0.5
            #expect((score(x) - expected).magnitude < 1e-12 * max(1, expected.magnitude))
        }
    }

    @Test("The engine computes it from the block's normed input")
    func engine() throws {
        let bench = try Workbench()
        let dense = try bench.model(Workbench.dense)
        var random = SeededGenerator(seed: 4)
        let blocks = [0, 3, 7]
        let functions = blocks.map { block in
            (
                weights: (0..<64).map { _ in Float.random(in: -1...1, using: &random) },
                bias: Float(block) - 3
            )
        }
        let routers = functions.map { Router(weights: $0.weights, bias: $0.bias) }
        try ModelFile(dense: dense, blocks: blocks, routers: routers, anchorTokens: 1)
            .write(to: bench.path("routed.gguf"), shardLimit: nil)
        let session = try MoDModel(contentsOf: bench.path("routed.gguf")).session()
        let norms = try blocks.map { try dense.file.tensor("blk.\($0).attn_norm.weight").floats() }
        var expected: [[Double]] = []
        session.blockObserver = { block, before, _ in
            guard let index = blocks.firstIndex(of: block) else { return }
            let function = functions[index]
            expected.append(
                (0..<20).map { token in
                    let x = (0..<64).map { Double(before[token * 64 + $0]) }
                    let root = (x.reduce(0) { $0 + $1 * $1 } / 64 + 1e-5).squareRoot()
                    return (0..<64).reduce(Double(function.bias)) {
                        $0 + Double(function.weights[$1]) * x[$1] / root * Double(norms[index][$1])
                    }
                })
        }
        try session.forward(dense.tokens(20)[...], logits: .none)
        for token in 0..<20 {
            for (index, score) in session.routing(row: token).scores.enumerated() {
                let right = expected[index][token]
                #expect((Double(score) - right).magnitude < 1e-4 * max(1, right.magnitude))
            }
        }
        let scores = expected.flatMap(\.self)
        #expect(scores.contains { $0 > 2 } && scores.contains { $0 < -2 })
    }

    @Test(
        "How far a residual turns",
        arguments: [
            ([1, 0], [3, 0], 0), ([1, 0], [0, 2], 1), ([1, 0], [-0.5, 0], 2),
            ([1, 0], [1, 1], 1 - 0.5.squareRoot()),
            ([0, 0], [1, 1], 0), ([1, 1], [0, 0], 0), ([1e20, 1e20], [1e20, -1e20], 1),
        ] as [([Float], [Float], Double)])
    func turn(x: [Float], y: [Float], expected: Double) {
        let turn = x.withUnsafeBufferPointer { x in y.withUnsafeBufferPointer { RouterFit.turn(x, $0) } }
        #expect((turn - expected).magnitude < 1e-12)
    }

    /// At the least of Σ (score − target)² + λ|w|² over the corpus its derivatives by bias and weights are zero.
    /// They are not where a row is paired with another token's target, an anchor is counted or a token left
    /// out.
    @Test("A fitted router is the best linear predictor of how far its block turns a token")
    func fit() throws {
        let bench = try Workbench()
        let dense = try bench.model(Workbench.dense)
        let corpus = dense.corpus(texts: 8, length: 120)
        let blocks = [2, 5]
        let routers = try RouterFit(model: dense, blocks: blocks).fit(corpus, threads: 1) { _ in }
        for (block, router) in zip(blocks, routers) {
            let norm = try dense.file.tensor("blk.\(block).attn_norm.weight").floats()
            let derivatives = try Derivatives(router, block: block, norm: norm, in: dense, over: corpus)
            #expect(derivatives.byBias.magnitude < 0.01)
            #expect(derivatives.byWeights.allSatisfy { $0.magnitude < 0.05 }, "\(derivatives.byWeights)")
            #expect(router.inWeight.contains { $0.magnitude > 0.01 })
        }
    }

    /// Half the derivatives of the penalised squared error, with the ridge of 0.01 that the fit uses.
    private struct Derivatives {
        var byBias = 0.0
        var byWeights = Array(repeating: 0.0, count: 64)

        init(
            _ router: Router, block: Int, norm: [Float], in dense: MoDModel, over corpus: ChatCorpus
        ) throws {
            let weights = router.inWeight.prefix(64).map(Double.init)
            let session = try dense.session(chunkLength: 120)
            var derivatives = self
            var squares = 0.0
            session.blockObserver = { seen, before, after in
                guard seen == block else { return }
                for token in ModelConverter.anchorTokens..<120 {
                    let x = UnsafeBufferPointer(start: before + token * 64, count: 64)
                    let y = UnsafeBufferPointer(start: after + token * 64, count: 64)
                    let root = (x.reduce(0) { $0 + Double($1) * Double($1) } / 64 + 1e-5).squareRoot()
                    let input = zip(x, norm).map { Double($0) * Double($1) / root }
                    let score = zip(input, weights).reduce(Double(router.inBias[0])) { $0 + $1.0 * $1.1 }
                    let error = score - log(RouterFit.turn(x, y))
                    derivatives.byBias += error
                    for i in 0..<64 { derivatives.byWeights[i] += error * input[i] }
                    squares += input.reduce(0) { $0 + $1 * $1 } / 64
                }
            }
            for sequence in corpus.sequences {
                session.truncate(to: 0)
                try session.forward(sequence[...], logits: .none)
            }
            for i in 0..<64 { derivatives.byWeights[i] += 0.01 * squares * weights[i] }
            self = derivatives
        }
    }
}
