import DequeModule

/// Tokens a second, smoothed over the newest tokens of a reply.
struct SpeedMeter: Sendable, Hashable {
    /// Tokens that came one right after the other, as those between two frames do.
    private struct Burst: Hashable {
        var begin: Duration
        var end: Duration
        var count = 1
    }

    /// Tokens that come within this time of the first are one burst.
    private static let gap = Duration.milliseconds(20)
    /// The time over which the speed is smoothed.
    private static let window = Duration.seconds(2)
    private var bursts: Deque<Burst> = []

    /// Counts a token that came at a time.
    mutating func count(at time: Duration) {
        if let last = bursts.indices.last, time - bursts[last].begin < SpeedMeter.gap {
            bursts[last].end = time
            bursts[last].count += 1
        } else {
            bursts.append(Burst(begin: time, end: time))
        }
        // Two are kept, however slow the tokens are.
        while bursts.count > 2, time - bursts[0].end > SpeedMeter.window { bursts.removeFirst() }
    }

    /// Tokens a second; nil until two bursts have come.
    ///
    /// The oldest burst says when the time begins that is measured, and not how many tokens came in it.
    var rate: Double? {
        guard bursts.count > 1 else { return nil }
        let elapsed = bursts[bursts.count - 1].end - bursts[0].end
        return Double(bursts.dropFirst().reduce(0) { $0 + $1.count }) / elapsed.inSeconds
    }
}

extension Duration {
    /// The duration as a floating-point number of seconds.
    var inSeconds: Double {
        Double(components.seconds) + Double(components.attoseconds) * 1e-18
    }
}
