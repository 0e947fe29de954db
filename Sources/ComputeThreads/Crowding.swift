/// How many threads are worth having while other programs want the processors, too.
///
/// The threads meet many times in a piece of work. Where one of them has to share its processor, all others wait
/// whenever it is not its turn, and the work takes as long as all those turns together: many times what fewer threads
/// would need. Any number of threads computes the same, so it may change from one piece of work to the next.
package struct Crowding {
    /// The threads there are.
    private let most: Int
    /// The threads for the next piece of work.
    package private(set) var threadCount: Int
    /// Whether the last piece of work was held up.
    private var wasHeldUp = false
    /// Pieces of work since one was held up or the number of threads changed.
    private var calm = 0
    /// How long it must be calm before more threads are tried again.
    private var pause = shortestPause

    private static let shortestPause = 8
    private static let longestPause = 256

    /// The part of the time that work took, 0…1, that threads may have waited for others beyond a short while.
    private static let tolerated = 0.25

    package init(threadCount: Int) {
        most = threadCount
        self.threadCount = threadCount
    }

    /// Takes note of a piece of work: how long it took, and how much of that a thread waited for others.
    package mutating func note(waited: Duration, of elapsed: Duration) {
        let isHeldUp = waited > elapsed * Self.tolerated
        defer { wasHeldUp = isHeldUp }
        guard !isHeldUp else {
            calm = 0
            // Once may be chance.
            if wasHeldUp { threadCount = max(threadCount / 2, 1) }
            return
        }
        calm += 1
        if threadCount < most, calm >= pause {
            threadCount = min(threadCount * 2, most)
            calm = 0
            pause = min(pause * 2, Self.longestPause)
        } else if calm >= Self.longestPause {
            pause = Self.shortestPause
        }
    }
}
