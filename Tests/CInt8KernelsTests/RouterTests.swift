import CInt8Kernels
import Foundation
import TestSupport
import Testing

@Suite("Router scores")
struct RouterTests {
    /// A router's numbers and an input for it.
    struct Router {
        let input: [Float]
        let weight: [Float]
        let bias: [Float]
        let outWeight: [Float]
        let outBias: Float

        init(hidden: Int, columns: Int, spread: Float, random: inout SeededGenerator) {
            input = random.floats(columns, spread: spread)
            weight = random.floats(hidden * columns, in: -0.3...0.3)
            bias = random.floats(hidden, in: -1...1)
            outWeight = random.floats(hidden, in: -1...1)
            outBias = random.floats(1)[0]
        }
    }

    static let hidden = Array(1...9) + [16, 31, 32, 48, 64]
    /// Multiples of 8; those not of 16 end on half a step.
    static let columns = [8, 16, 24, 40, 64, 88, 576]

    @Test("Every set gives the same bits", arguments: KernelSet.all)
    func identity(set: KernelSet) {
        var random = SeededGenerator(seed: 13)
        for hidden in Self.hidden {
            for columns in Self.columns {
                for spread: Float in [1, 1e3, 1e30, .infinity] {
                    let router = Router(hidden: hidden, columns: columns, spread: spread, random: &random)
                    #expect([set.score(router)].bits == [KernelSet.portable.score(router)].bits)
                }
            }
        }
    }

    /// A hidden unit's sum is off by at most (columns/16 + 5) · 2⁻²⁴ of the sum of its products' magnitudes; silu
    /// never has a slope above 1.1 and adds a few ulps; so the score is off by the sum of these over |W2|.
    @Test("The score is right")
    func correctness() {
        var random = SeededGenerator(seed: 14)
        for hidden in Self.hidden {
            for columns in Self.columns {
                let router = Router(hidden: hidden, columns: columns, spread: 4, random: &random)
                let (exact, bound) = router.exactScore(columns: columns)
                let off = (Double(KernelSet.portable.score(router)) - exact).magnitude
                #expect(off <= bound, "hidden \(hidden), columns \(columns)")
            }
        }
    }
}

extension RouterTests.Router {
    func exactScore(columns: Int) -> (score: Double, bound: Double) {
        var score = Double(outBias)
        var magnitude = score.magnitude
        var bound = 0.0
        for h in bias.indices {
            var sum = Double(bias[h])
            var terms = sum.magnitude
            for i in 0..<columns {
                let product = Double(weight[h * columns + i]) * Double(input[i])
                sum += product
                terms += product.magnitude
            }
            let silu = sum / (1 + exp(-sum))
            let term = Double(outWeight[h]) * silu
            bound += Double(outWeight[h]).magnitude * 1.1 * (Double(columns) / 16 + 5) * 0x1p-24 * terms
            bound += 8 * 0x1p-24 * term.magnitude
            score += term
            magnitude += term.magnitude
        }
        return (score, bound + Double(bias.count + 1) * 0x1p-24 * magnitude)
    }
}

extension KernelSet {
    func score(_ router: RouterTests.Router) -> Float {
        router.weight.withUnsafeBufferPointer { weight in
            router.bias.withUnsafeBufferPointer { bias in
                router.outWeight.withUnsafeBufferPointer { outWeight in
                    var c = int8_router(
                        in_weight: weight.baseAddress, in_bias: bias.baseAddress,
                        out_weight: outWeight.baseAddress, out_bias: router.outBias, hidden: router.bias.count
                    )
                    var units = [Float](repeating: .nan, count: c.hidden)
                    // In two partitions, as two threads have them.
                    let part = c.hidden / 3
                    kernels.router_units(&c, router.input, 1, router.input.count, part, c.hidden, &units)
                    kernels.router_units(&c, router.input, 1, router.input.count, 0, part, &units)
                    return kernels.router_score(&c, units)
                }
            }
        }
    }
}
