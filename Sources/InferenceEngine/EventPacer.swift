/// Hands a reply's events on, tokens that come in quick succession together.
///
/// Handing on wakes the consumer, which takes a processor from a compute thread while all others wait at their next
/// barrier. A screen shows no more than some sixty pictures a second, so a token that follows within that time waits
/// for the next event: the token that the next forward pass brings, or the reply's end.
package struct EventPacer {
    /// Shorter than a frame of a screen at 60 Hz.
    package static let interval = Duration.milliseconds(15)

    private let handOn: (GenerationEvent) -> Void
    private var waiting: [GenerationEvent] = []
    private var latest: ContinuousClock.Instant?

    /// - Parameter handOn: is given the events, in their order.
    package init(handOn: @escaping (GenerationEvent) -> Void) {
        self.handOn = handOn
    }

    /// Takes an event in; anything but a token is handed on at once, after what waits.
    package mutating func add(_ event: GenerationEvent, at now: ContinuousClock.Instant = .now) {
        waiting.append(event)
        if case .token = event.kind, let latest, latest.duration(to: now) < Self.interval { return }
        latest = now
        flush()
    }

    /// Hands on what waits.
    package mutating func flush() {
        waiting.forEach(handOn)
        waiting.removeAll(keepingCapacity: true)
    }
}
