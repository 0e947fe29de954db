import CInt8Kernels
import Foundation
import TestSupport
import Testing

@Suite("Attention")
struct AttentionTests {
    /// Queries and what they look at; keys and values fp16, position by position.
    struct Problem {
        let queries: [[Float]]
        let keys: [UInt16]
        let values: [UInt16]
        let scale: Float
        let count: Int
        var headLength: Int { queries[0].count }

        /// `sharpness` makes the scores far apart.
        init(
            count: Int, headLength: Int, queryCount: Int = 1, sharpness: Float = 1,
            random: inout SeededGenerator
        ) {
            self.count = count
            queries = (0..<queryCount).map { _ in random.floats(headLength, spread: 4 * sharpness) }
            keys = random.floats(count * headLength, spread: 4).map(Half.nearest)
            values = random.floats(count * headLength, spread: 4).map(Half.nearest)
            scale = 1 / Float(headLength).squareRoot()
        }
    }

    static let counts = [1, 2, 7, 8, 9, 16, 33, 63, 64, 65, 100, 128, 200]
    static let headLengths = [32, 64, 96, 128, 160]

    @Test("Every set gives the same bits", arguments: KernelSet.all)
    func identity(set: KernelSet) {
        var random = SeededGenerator(seed: 21)
        for count in Self.counts {
            for headLength in Self.headLengths {
                for sharpness: Float in [0, 1, 100] {
                    let problem = Problem(
                        count: count, headLength: headLength,
                        queryCount: Int.random(in: 1...7, using: &random),
                        sharpness: sharpness, random: &random)
                    #expect(
                        set.attend(problem).map(\.bits) == KernelSet.portable.attend(problem).map(\.bits),
                        "count \(count), head length \(headLength)")
                }
            }
        }
    }

    @Test("Several queries are the same as one at a time", arguments: KernelSet.all)
    func queries(set: KernelSet) {
        var random = SeededGenerator(seed: 25)
        for queryCount in 2...8 {
            let problem = Problem(count: 77, headLength: 64, queryCount: queryCount, random: &random)
            for (query, together) in zip(problem.queries, set.attend(problem)) {
                #expect(set.attend(Problem(queries: [query], of: problem))[0].bits == together.bits)
            }
        }
    }

    /// The cache is not empty behind the last position: it holds what was cut back, or other sessions' bits.
    @Test("What lies behind the last position does not matter", arguments: KernelSet.all)
    func beyond(set: KernelSet) {
        var random = SeededGenerator(seed: 26)
        for count in Self.counts {
            let problem = Problem(count: count, headLength: 64, queryCount: 3, random: &random)
            for rest in [Half.nearest(.nan), Half.nearest(.infinity), Half.nearest(60000)] {
                #expect(set.attend(problem, beyond: rest).map(\.bits) == set.attend(problem).map(\.bits))
            }
        }
    }

    @Test("A query that is not finite is survived", arguments: KernelSet.all)
    func nonFinite(set: KernelSet) {
        var random = SeededGenerator(seed: 22)
        for value in [Float.nan, .infinity] {
            var problem = Problem(count: 9, headLength: 32, random: &random)
            problem = Problem(queries: [[value] + problem.queries[0].dropFirst()], of: problem)
            #expect(set.attend(problem)[0].count == 32)
        }
    }

    /// With a score off by δ a weight is off by the factor e^2δ at most (its own and the largest's), and the
    /// exponentials, the sums and the weighted sums add an ulp a step; all of it of numbers within max |value|.
    @Test("The weighted mean is right")
    func correctness() {
        var random = SeededGenerator(seed: 23)
        for count in Self.counts {
            for headLength in Self.headLengths {
                let problem = Problem(count: count, headLength: headLength, random: &random)
                let exact = problem.exact()
                let delta = (Double(headLength) + 5) * 0x1p-24 * exact.terms
                let bound = exact.largestValue * (2 * delta + (Double(count) * 1.25 + 20) * 0x1p-24)
                for (a, b) in zip(KernelSet.portable.attend(problem)[0], exact.out) {
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
            #expect(KernelSet.portable.attend(problem)[0].map(Double.init) == problem.values.map(Half.value))
        }
    }
}

extension AttentionTests.Problem {
    init(queries: [[Float]], of other: Self) {
        self.queries = queries
        (keys, values, scale, count) = (other.keys, other.values, other.scale, other.count)
    }

    /// Of the first query, in double precision: the mean, the largest sum of a score's terms' magnitudes, and the
    /// largest value.
    func exact() -> (out: [Double], terms: Double, largestValue: Double) {
        var terms = 0.0
        let scores = (0..<count).map { p in
            let products = (0..<headLength).map {
                Double(queries[0][$0]) * Half.value(keys[p * headLength + $0])
            }
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

    /// The keys as the cache holds them: to the end of the last span, in blocks of 16 that lie value by value.
    func keyBlocks(beyond: UInt16) -> [UInt16] {
        let block = Int(INT8_KEY_BLOCK)
        let span = Int(INT8_ATTENTION_SPAN)
        let end = (count + span - 1) / span * span
        var blocks = [UInt16](repeating: beyond, count: end * headLength)
        for position in 0..<count {
            for d in 0..<headLength {
                let place = (position / block * headLength + d) * block + position % block
                blocks[place] = keys[position * headLength + d]
            }
        }
        return blocks
    }
}

extension KernelSet {
    /// What each query finds, put together span by span; the keys behind the last position are `beyond`.
    func attend(_ problem: AttentionTests.Problem, beyond: UInt16 = 0) -> [[Float]] {
        let span = Int(INT8_ATTENTION_SPAN)
        let spans = (problem.count + span - 1) / span
        let length = int8_partial_length(problem.headLength)
        let stride = problem.queries.count * length
        var partials = [Float](repeating: .nan, count: spans * stride)
        let keys = problem.keyBlocks(beyond: beyond)
        let queries = problem.queries.flatMap { $0 }
        partials.withUnsafeMutableBufferPointer { partials in
            for s in 0..<spans {
                let first = s * span * problem.headLength
                kernels.attend(
                    queries, problem.queries.count, Array(keys[first...]), Array(problem.values[first...]),
                    min(problem.count - s * span, span), max(min(problem.count - (s + 1) * span, span), 0),
                    problem.headLength, problem.scale,
                    partials.baseAddress.map { $0 + s * stride })
            }
        }
        return problem.queries.indices.map { query in
            var out = [Float](repeating: .nan, count: problem.headLength)
            kernels.join_spans(
                Array(partials[(query * length)...]), spans, stride, problem.headLength, &out)
            return out
        }
    }
}
