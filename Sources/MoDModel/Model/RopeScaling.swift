/// How rotary angles are scaled so that a model reads further than it was trained at first.
public enum RopeScaling: Sendable, Hashable {
    /// They are not.
    case none
    /// Every angle is divided by the factor (arXiv 2306.15595).
    case linear(factor: Double)
    /// Slow pairs are divided by the factor, fast ones are not (arXiv 2309.00071).
    case yarn(YaRN)
}

/// The numbers of YaRN, "NTK-by-parts" interpolation (arXiv 2309.00071, §3.2 and §3.4).
public struct YaRN: Sendable, Hashable {
    /// What the angles of slow pairs are divided by.
    public var factor: Double
    /// Tokens of the context that the model was trained for at first.
    public var originalContextLength: Int
    /// Pairs that turn at least so often in the original context keep their angles.
    public var fastTurns: Double
    /// Pairs that turn at most so often in the original context are divided by the factor.
    public var slowTurns: Double
    /// What queries and keys are multiplied by beside 1 + 0.1 · ln(factor).
    public var magnitude: Double

    /// Creates the numbers, which are not checked.
    public init(
        factor: Double, originalContextLength: Int, fastTurns: Double, slowTurns: Double, magnitude: Double
    ) {
        self.factor = factor
        self.originalContextLength = originalContextLength
        self.fastTurns = fastTurns
        self.slowTurns = slowTurns
        self.magnitude = magnitude
    }
}
