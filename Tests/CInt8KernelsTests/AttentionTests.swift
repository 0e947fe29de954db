import CInt8Kernels
import Foundation
import TestSupport
import Testing

@Suite("Attention")
struct AttentionTests {
    /// Queries and what they look at; keys and values position by position.
    struct Problem {
        let queries: [[Float]]
        let keys: [[Float]]
        let values: [[Float]]
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
            keys = (0..<count).map { _ in random.floats(headLength, spread: 4) }
            values = (0..<count).map { _ in random.floats(headLength, spread: 4) }
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
            // As scales: not a number, infinite, the largest.
            for byte: UInt8 in [0xff, 0x7c, 0x7b, 0x80] {
                #expect(set.attend(problem, beyond: byte).map(\.bits) == set.attend(problem).map(\.bits))
            }
        }
    }

    @Test("A query that is not finite is survived, the same everywhere", arguments: KernelSet.all)
    func nonFinite(set: KernelSet) {
        var random = SeededGenerator(seed: 22)
        for count in Self.counts {
            let problem = Problem(
                queries: Extreme.nonFinite, of: Problem(count: count, headLength: 32, random: &random))
            #expect(
                set.attend(problem).map(\.bits) == KernelSet.portable.attend(problem).map(\.bits),
                "count \(count)")
        }
    }

    /// Against double precision on what the cache holds. Queries are rounded to 1/32512 of their group's largest, so a
    /// score is off by half of that for each of its terms, and by the float steps; a weight is off by the factor e^2δ
    /// then (its own and the largest's), and by half of 1/16383 of its span's largest, which is less than the sum of
    /// the span's weights.
    @Test("The weighted mean is right")
    func correctness() {
        var random = SeededGenerator(seed: 23)
        for count in Self.counts {
            for headLength in Self.headLengths {
                let problem = Problem(count: count, headLength: headLength, random: &random)
                let exact = problem.exact()
                let delta = (1 / 65024.0 + (Double(headLength) + 5) * 0x1p-24) * exact.terms
                let rounding = Double(min(count, Int(INT8_ATTENTION_SPAN))) / 32766
                let bound =
                    exact.largestValue * (2 * delta + rounding + (Double(count) * 1.25 + 20) * 0x1p-24)
                for (a, b) in zip(KernelSet.portable.attend(problem)[0], exact.out) {
                    #expect((Double(a) - b).magnitude <= bound, "count \(count), head length \(headLength)")
                }
            }
        }
    }

    @Test("One position is what the cache holds of it")
    func single() {
        var random = SeededGenerator(seed: 24)
        for headLength in Self.headLengths {
            let problem = Problem(count: 1, headLength: headLength, random: &random)
            for (a, b) in zip(KernelSet.portable.attend(problem)[0], problem.cached(.value)[0]) {
                #expect((Double(a) - b).magnitude <= b.magnitude * 0x1p-22)
            }
        }
    }
}

extension AttentionTests.Problem {
    init(queries: [[Float]], of other: Self) {
        self.queries = queries
        (keys, values, scale, count) = (other.keys, other.values, other.scale, other.count)
    }

    /// The cache's spans; behind the last position every byte is `beyond`.
    func spans(beyond: UInt8 = 0) -> [[UInt8]] {
        let length = Int(INT8_ATTENTION_SPAN)
        return stride(from: 0, to: count, by: length).map { first in
            var span = [UInt8](repeating: beyond, count: int8_cache_span_bytes(headLength))
            for position in first..<min(first + length, count) {
                KernelSet.portable.store(keys[position], as: .key, position: position - first, in: &span)
                KernelSet.portable.store(values[position], as: .value, position: position - first, in: &span)
            }
            return span
        }
    }

    /// What the cache holds: [position][column].
    func cached(_ part: CachePart) -> [[Double]] {
        let length = Int(INT8_ATTENTION_SPAN)
        let spans = spans().map { CacheSpan(headLength: headLength, bytes: $0) }
        return (0..<count).map { spans[$0 / length].row(part, $0 % length) }
    }

    /// Of the first query, in double precision: the mean, the largest sum of a score's terms' magnitudes were the
    /// query's values all as large as the largest, and the largest value.
    func exact() -> (out: [Double], terms: Double, largestValue: Double) {
        let keys = cached(.key)
        let values = cached(.value)
        let largestQuery = Double(queries[0].map(\.magnitude).max() ?? 0)
        let terms = keys.map { $0.reduce(0) { $0 + $1.magnitude } * largestQuery * Double(scale) }
        let scores = keys.map { key in
            zip(queries[0], key).reduce(0) { $0 + Double($1.0) * $1.1 } * Double(scale)
        }
        let largest = scores.max() ?? 0
        let weights = scores.map { exp($0 - largest) }
        let sum = weights.reduce(0, +)
        let out = (0..<headLength).map { d in
            zip(weights, values).reduce(0) { $0 + $1.0 * $1.1[d] } / sum
        }
        let largestValue = values.joined().reduce(0) { max($0, $1.magnitude) }
        return (out, terms.max() ?? 0, largestValue)
    }
}

extension KernelSet {
    /// What each query finds, put together span by span; every byte behind the last position is `beyond`.
    func attend(_ problem: AttentionTests.Problem, beyond: UInt8 = 0) -> [[Float]] {
        let spans = problem.spans(beyond: beyond)
        let length = int8_partial_length(problem.headLength)
        let stride = problem.queries.count * length
        var partials = [Float](repeating: .nan, count: spans.count * stride)
        var queries = quantize([problem.queries.flatMap { $0 }])
        partials.withUnsafeMutableBufferPointer { partials in
            for (s, span) in spans.enumerated() {
                let count = min(problem.count - s * Int(INT8_ATTENTION_SPAN), Int(INT8_ATTENTION_SPAN))
                queries.withView { queries in
                    kernels.attend(
                        &queries, problem.queries.count, span, count, nil, problem.headLength,
                        problem.scale, partials.baseAddress.map { $0 + s * stride })
                }
            }
        }
        return problem.queries.indices.map { query in
            var part = [Float](repeating: .nan, count: length)
            kernels.join_spans(
                Array(partials[(query * length)...]), spans.count, stride, problem.headLength, &part)
            let sum = part[problem.headLength + Int(INT8_PARTIAL_SUM)]
            return part.prefix(problem.headLength).map { $0 / sum }
        }
    }
}
