/// The notice on the screen, which goes away by itself.
struct NoticeBoard: Sendable, Hashable {
    /// A notice and the time until which it stays.
    struct Shown: Sendable, Hashable {
        var notice: Notice
        var since: Duration
        var until: Duration
    }

    /// How long a notice stands at least: nobody reads one faster.
    private static let readingTime = Duration.seconds(2)

    /// What is shown; nil while the keys are.
    private(set) var shown: Shown?
    /// Until when another Ctrl-C leaves the chat; nil when one more would only say so.
    private(set) var leaveArmedUntil: Duration?

    /// Shows a notice in place of the one before.
    mutating func show(_ notice: Notice, at now: Duration) {
        shown = Shown(notice: notice, since: now, until: now + notice.lifetime)
    }

    /// Says that another Ctrl-C leaves, for as long as it does.
    mutating func armLeaving(_ text: String, at now: Duration) {
        let end = now + .seconds(3)
        shown = Shown(notice: Notice(.info, text), since: now, until: end)
        leaveArmedUntil = end
    }

    /// Takes the notice down: it is about what came before.
    mutating func clear() {
        shown = nil
        leaveArmedUntil = nil
    }

    /// Takes the notice down when a key is pressed, once it could be read: the keys below it are wanted.
    mutating func goOn(at now: Duration) {
        if let shown, now - shown.since >= NoticeBoard.readingTime { self.shown = nil }
    }

    /// Takes down what has stood long enough.
    mutating func advance(to now: Duration) {
        if let shown, shown.until <= now { self.shown = nil }
        if let leaveArmedUntil, leaveArmedUntil <= now { self.leaveArmedUntil = nil }
    }
}
