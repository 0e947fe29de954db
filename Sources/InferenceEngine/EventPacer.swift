/// Hands a reply's events on, the tokens of passes that follow in quick succession together.
///
/// Handing on wakes the consumer, which takes a processor from a compute thread while all others wait at their next
/// barrier. A screen shows no more than some sixty pictures a second, so what a pass brought that ends within that
/// time waits for the end of another pass, or of the reply. The tokens of one pass, which may be many where a draft
/// was verified, are handed on together.
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

    /// Takes an event in. A token waits at least for the end of its pass; anything else is handed on at once, after
    /// what waits.
    package mutating func add(_ event: GenerationEvent) {
        waiting.append(event)
        if case .token = event.kind { return }
        flush()
    }

    /// Takes note that a forward pass has brought all its events.
    package mutating func passEnded(at now: ContinuousClock.Instant = .now) {
        if let latest, latest.duration(to: now) < Self.interval { return }
        latest = now
        flush()
    }

    /// Hands on what waits.
    package mutating func flush() {
        waiting.forEach(handOn)
        waiting.removeAll(keepingCapacity: true)
    }
}
