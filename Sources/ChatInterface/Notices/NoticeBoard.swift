/// The notice on the screen, which goes away by itself.
struct NoticeBoard: Sendable, Hashable {
    /// A notice and the time until which it stays.
    struct Shown: Sendable, Hashable {
        var notice: Notice
        var until: Duration
    }

    /// What is shown; nil while the keys are.
    private(set) var shown: Shown?
    /// Until when another Ctrl-C leaves the chat; nil when one more would only say so.
    private(set) var leaveArmedUntil: Duration?

    /// Shows a notice in place of the one before.
    mutating func show(_ notice: Notice, at now: Duration) {
        shown = Shown(notice: notice, until: now + notice.lifetime)
    }

    /// Says that another Ctrl-C leaves, for as long as it does.
    mutating func armLeaving(_ text: String, at now: Duration) {
        let end = now + .seconds(3)
        shown = Shown(notice: Notice(.info, text), until: end)
        leaveArmedUntil = end
    }

    /// Takes the notice down: it is about what came before.
    mutating func clear() {
        shown = nil
        leaveArmedUntil = nil
    }

    /// Takes down what has stood long enough.
    mutating func advance(to now: Duration) {
        if let shown, shown.until <= now { self.shown = nil }
        if let leaveArmedUntil, leaveArmedUntil <= now { self.leaveArmedUntil = nil }
    }
}
