import Foundation

/// Rotary position embedding (arXiv 2104.09864): by which angle each pair of a head turns at a position.
struct RotaryEmbedding {
    /// [headLength / 2]: the angle from one position to the next.
    private let steps: [Double]
    /// What a rotated head is multiplied by.
    private let magnitude: Double

    /// The angles of a model: base^(−2i ÷ headLength) for pair i, scaled as its file asks.
    ///
    /// - Parameter factors: [headLength / 2]: what the angles of each pair are divided by first; nil: nothing.
    init(_ configuration: ModelConfiguration, factors: [Float]?) {
        let exponent = -2 / Double(configuration.headLength)
        let plain = (0..<configuration.headLength / 2).map { pair in
            pow(configuration.ropeBase, exponent * Double(pair)) / Double(factors?[pair] ?? 1)
        }
        switch configuration.ropeScaling {
        case .none:
            steps = plain
            magnitude = 1
        case .linear(let factor):
            steps = plain.map { $0 / factor }
            magnitude = 1
        case .yarn(let yarn):
            let slow = yarn.slowShares(configuration)
            steps = zip(plain, slow).map { $0 / yarn.factor * $1 + $0 * (1 - $1) }
            magnitude = yarn.magnitude * (1 + 0.1 * log(max(yarn.factor, 1)))
        }
    }

    /// Writes the cosine and the sine of each pair's angle at a position, [headLength / 2] each, times the magnitude.
    /// Computed in double precision and from the position alone, so that a token's angles do not depend on the chunk it
    /// came in.
    func angles(
        position: Int, cosines: UnsafeMutablePointer<Float>, sines: UnsafeMutablePointer<Float>
    ) {
        for i in 0..<steps.count {
            let angle = Double(position) * steps[i]
            cosines[i] = Float(cos(angle) * magnitude)
            sines[i] = Float(sin(angle) * magnitude)
        }
    }
}

extension YaRN {
    /// [headLength / 2]: how slow each pair is, from 0 for those that keep their angle to 1 for those whose angle is
    /// divided by the factor, with a ramp from pair to pair between.
    fileprivate func slowShares(_ configuration: ModelConfiguration) -> [Double] {
        let length = Double(configuration.headLength)
        /// The pair, with a fraction, that turns so often in the original context.
        func pair(turning turns: Double) -> Double {
            length * log(Double(originalContextLength) / (turns * 2 * .pi))
                / (2 * log(configuration.ropeBase))
        }
        let first = max(pair(turning: fastTurns).rounded(.down), 0)
        let last = min(pair(turning: slowTurns).rounded(.up), length - 1)
        return (0..<configuration.headLength / 2).map { index in
            min(max((Double(index) - first) / max(last - first, 0.001), 0), 1)
        }
    }
}
