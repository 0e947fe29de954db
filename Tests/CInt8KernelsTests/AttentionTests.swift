import CInt8Kernels
import Foundation
import TestSupport
import Testing

@Suite("Attention")
struct AttentionTests {
    /// A query and what it looks at; keys and values fp16.
    struct Problem {
        let query: [Float]
        let keys: [UInt16]
        let values: [UInt16]
        let scale: Float
        let count: Int
        var headLength: Int { query.count }

        /// `sharpness` makes the scores far apart.
        init(count: Int, headLength: Int, sharpness: Float = 1, random: inout SeededGenerator) {
            self.count = count
            query = random.floats(headLength, spread: 4 * sharpness)
            keys = random.floats(count * headLength, spread: 4).map(Half.nearest)
            values = random.floats(count * headLength, spread: 4).map(Half.nearest)
            scale = 1 / Float(headLength).squareRoot()
        }
    }

    static let counts = [1, 2, 7, 8, 9, 16, 33, 100]
    static let headLengths = [32, 64, 96, 128, 160]

    @Test("Every set gives the same bits", arguments: KernelSet.all)
    func identity(set: KernelSet) {
        var random = SeededGenerator(seed: 21)
        for count in Self.counts {
            for headLength in Self.headLengths {
                for sharpness: Float in [0, 1, 100] {
                    let problem = Problem(
                        count: count, headLength: headLength, sharpness: sharpness, random: &random)
                    #expect(
                        set.attend(problem).bits == KernelSet.portable.attend(problem).bits,
                        "count \(count), head length \(headLength)")
                }
            }
        }
    }

    @Test("A query that is not finite is survived", arguments: KernelSet.all)
    func nonFinite(set: KernelSet) {
        var random = SeededGenerator(seed: 22)
        for value in [Float.nan, .infinity] {
            var problem = Problem(count: 9, headLength: 32, random: &random)
            problem = Problem(query: [value] + problem.query.dropFirst(), of: problem)
            #expect(set.attend(problem).count == 32)
        }
    }

    /// With a score off by δ a weight is off by the factor e^2δ at most (its own and the largest's), and the
    /// exponential, the sum and the weighted sum add an ulp a step; all of it of numbers within max |value|.
    @Test("The weighted mean is right")
    func correctness() {
        var random = SeededGenerator(seed: 23)
        for count in Self.counts {
            for headLength in Self.headLengths {
                let problem = Problem(count: count, headLength: headLength, random: &random)
                let exact = problem.exact()
                let delta = (Double(headLength) / 8 + 5) * 0x1p-24 * exact.terms
                let bound = exact.largestValue * (2 * delta + (Double(count) * 1.25 + 12) * 0x1p-24)
                for (a, b) in zip(KernelSet.portable.attend(problem), exact.out) {
                    #expect((Double(a) - b).magnitude <= bound, "count \(count), head length \(headLength)")
                }
            }
        }
    }

    @Test("One position is copied")
    func single() {
        var random = SeededGenerator(seed: 24)
        for headLength in Self.headLengths {
            let problem = Problem(count: 1, headLength: headLength, random: &random)
            #expect(KernelSet.portable.attend(problem).map(Double.init) == problem.values.map(Half.value))
        }
    }
}

extension AttentionTests.Problem {
    init(query: [Float], of other: Self) {
        self.query = query
        (keys, values, scale, count) = (other.keys, other.values, other.scale, other.count)
    }

    /// In double precision: the mean, the largest sum of a score's terms' magnitudes, and the largest value.
    func exact() -> (out: [Double], terms: Double, largestValue: Double) {
        var terms = 0.0
        let scores = (0..<count).map { p in
            let products = (0..<headLength).map { Double(query[$0]) * Half.value(keys[p * headLength + $0]) }
            terms = max(terms, products.reduce(0) { $0 + $1.magnitude } * Double(scale))
            return products.reduce(0, +) * Double(scale)
        }
        let largest = scores.max() ?? 0
        let weights = scores.map { exp($0 - largest) }
        let sum = weights.reduce(0, +)
        let out = (0..<headLength).map { d in
            (0..<count).reduce(0) { $0 + weights[$1] * Half.value(values[$1 * headLength + d]) } / sum
        }
        return (out, terms, values.map { Half.value($0).magnitude }.max() ?? 0)
    }
}

extension KernelSet {
    func attend(_ problem: AttentionTests.Problem) -> [Float] {
        var scores = [Float](repeating: .nan, count: problem.count)
        var out = [Float](repeating: .nan, count: problem.headLength)
        kernels.attend(
            problem.query, problem.keys, problem.values, problem.count, problem.headLength, problem.scale,
            &scores, &out)
        return out
    }
}
