import MoDModel

/// How long single tokens take to decode under each policy, in milliseconds.
package struct StepMilliseconds: Encodable, Sendable, Hashable {
    /// What one policy gave.
    package struct Row: Encodable, Sendable, Hashable {
        package let policy: String
        /// The window of the policy `budget`, in tokens; nil under another policy.
        package let window: Int?
        /// Half of a round's tokens took no longer; the median of the rounds.
        package let p50: Double
        /// 99 % of a round's tokens took no longer; the median of the rounds.
        package let p99: Double
        /// A round's longest; the median of the rounds.
        package let max: Double
        /// Tokens of all rounds in each bin.
        package let counts: [Int]
    }

    /// The one asked for.
    package let capacity: Double
    /// How many tokens each round timed under each policy.
    package let tokens: Int
    /// Where the first bin begins.
    package let binStart: Double
    /// How wide each bin is; the last one also holds all beyond.
    package let binWidth: Double
    /// One for each of `StepTimes.policies`.
    package let policies: [Row]

    /// Bins in a histogram.
    package static let binCount = 24

    /// - Parameters:
    ///   - seconds: for each of `StepTimes.policies`, round by round, the time of each token.
    ///   - tokens: how many there are in a round.
    package init(seconds: [[[Double]]], tokens: Int) {
        let all = seconds.map { rounds in rounds.joined().map { 1e3 * $0 } }
        let bins = Histogram(covering: Array(all.joined()), count: Self.binCount)
        capacity = StepTimes.capacity.value
        self.tokens = tokens
        binStart = bins.start
        binWidth = bins.width
        policies = zip(StepTimes.policies, seconds).enumerated().map { place, side in
            func median(_ share: Double) -> Double {
                1e3 * Samples(side.1.map { Samples($0).percentile(share) }).median
            }
            let window: Int? = if case .budget(let window) = side.0 { window } else { nil }
            return Row(
                policy: side.0.name, window: window, p50: median(0.5), p99: median(0.99), max: median(1),
                counts: bins.counts(of: all[place]))
        }
    }
}
