import DequeModule

/// Tokens a second, smoothed over the newest tokens of a reply.
struct SpeedMeter: Sendable, Hashable {
    private static let window = 32
    private var times: Deque<Duration> = []

    /// A token came.
    mutating func count(at time: Duration) {
        if times.count == SpeedMeter.window { times.removeFirst() }
        times.append(time)
    }

    /// Tokens a second; nil until there is a stretch of time to measure.
    var rate: Double? {
        guard let first = times.first, let last = times.last, last > first else { return nil }
        return Double(times.count - 1) / (last - first).inSeconds
    }
}

extension Duration {
    /// The duration as a floating-point number of seconds.
    var inSeconds: Double {
        Double(components.seconds) + Double(components.attoseconds) * 1e-18
    }
}
