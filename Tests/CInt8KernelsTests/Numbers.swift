import TestSupport

extension [Float] {
    /// For comparisons that tell −0 from 0. All NaNs are one: which of two a sum of them takes, its order of
    /// operands does not say.
    var bits: [UInt32] { map { $0.isNaN ? Float.nan.bitPattern : $0.bitPattern } }
}

extension SeededGenerator {
    /// Numbers as a model's residual has them: mostly small, some far out.
    mutating func floats(_ count: Int, spread: Float = 1) -> [Float] {
        (0..<count).map { _ in
            let x = Float.random(in: -1...1, using: &self)
            return spread * x * x * x
        }
    }

    mutating func floats(_ count: Int, in range: ClosedRange<Float>) -> [Float] {
        (0..<count).map { _ in Float.random(in: range, using: &self) }
    }
}

/// Groups of 32 that a careless quantiser gets wrong.
enum Extreme {
    static let finite: [(name: String, group: [Float])] = {
        var random = SeededGenerator(seed: 7)
        let usual = random.floats(32)
        var outlier = usual
        outlier[13] = 1e6
        var negative = usual
        negative[31] = -77
        // A scale of exactly 1, so that the integers are the values: −128 in the low byte, which is avoided, and
        // its neighbours.
        let lowBytes: [Float] = (0..<31).map { place in
            let near = 256 * (place - 15) - 128
            return Float(near + place % 3 - 1)
        }
        let alternating: [Float] = (0..<32).map { $0.isMultiple(of: 2) ? 3 : -3 }
        let ties: [Float] = (0..<31).map { Float($0 - 15) + 0.5 }
        return [
            ("zeros", Array(repeating: 0, count: 32)),
            ("negative zeros", Array(repeating: -0.0, count: 32)),
            ("denormals", (0..<32).map { Float(bitPattern: UInt32($0 * 7919)) }),
            ("smallest that counts", usual.map { $0 * 3e-30 }),
            ("too small to count", usual.map { $0 * 9e-31 }),
            ("huge", usual.map { $0 * .greatestFiniteMagnitude }),
            ("one outlier", outlier),
            ("negative maximum", negative),
            ("both maxima", alternating),
            ("ties", [-32512] + ties),
            ("low byte of −128", [32512] + lowBytes),
        ]
    }()

    static let nonFinite: [[Float]] = [
        Array(repeating: .nan, count: 32),
        Array(repeating: .infinity, count: 32),
        Array(repeating: -.infinity, count: 32),
        [.nan] + Array(repeating: 1, count: 31),
        Array(repeating: 1, count: 31) + [.infinity],
        Array(repeating: -1, count: 31) + [-.infinity],
        [.infinity, -.infinity, .nan, -.nan, 0, 1] + Array(repeating: .greatestFiniteMagnitude, count: 26),
        // Wherever in a search for the largest number it comes, what is none hides nothing.
        [1000] + Array(repeating: 1, count: 7) + [.nan] + Array(repeating: 1, count: 23),
        Array(repeating: 1, count: 23) + [.nan] + Array(repeating: 1, count: 7) + [-1000],
    ]
}
