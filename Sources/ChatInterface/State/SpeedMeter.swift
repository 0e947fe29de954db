import DequeModule

/// Tokens a second, smoothed over the newest tokens of a reply.
struct SpeedMeter: Sendable, Hashable {
    /// Tokens come several at a time, as many as there were between two frames: enough of them that one more or less
    /// hardly shows.
    private static let window = 64
    private var times: Deque<Duration> = []

    /// A token came.
    mutating func count(at time: Duration) {
        if times.count == SpeedMeter.window { times.removeFirst() }
        times.append(time)
    }

    /// Tokens a second; nil until there is a stretch of time to measure.
    ///
    /// Of the tokens that came together, the first ones kept say when the stretch begins, and not how many came in it.
    var rate: Double? {
        guard let first = times.first, let last = times.last, last > first else { return nil }
        return Double(times.count { $0 > first }) / (last - first).inSeconds
    }
}

extension Duration {
    /// The duration as a floating-point number of seconds.
    var inSeconds: Double {
        Double(components.seconds) + Double(components.attoseconds) * 1e-18
    }
}
