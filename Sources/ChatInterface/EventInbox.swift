public import InferenceEngine
import Synchronization
public import TerminalKit

/// Where events wait for the loop that feeds them to `update`, and when it is woken.
///
/// Keys and all else come at once. Tokens come many a second, and whoever wakes for each of them takes a processor from
/// the model each time, whose other threads then wait for that one: so nobody wakes before the next frame is due.
/// Meanwhile the tokens gather in the reply's own stream; then all of them come together, and one frame shows them.
public final class EventInbox: Sendable {
    private struct Contents {
        var waiting: [ChatEvent] = []
        /// Whether all that waits came with a reply and may wait for the next frame.
        var hasTime = true
        /// Whether the next frame shows something of a reply.
        var showsReply = false
        var reader: CheckedContinuation<Void, Never>?
        /// When the next frame of a reply is due. Frames that only keys made do not put it off: somebody who types
        /// would hold up the reply.
        var nextFrame = Duration.zero
        /// Whether somebody will wake the reader for what waits.
        var isWakeDue = false

        /// The reader, if there is something for it to draw now.
        mutating func readerToWake(at now: Duration) -> CheckedContinuation<Void, Never>? {
            waiting.isEmpty || mustWait(at: now) ? nil : reader.take()
        }

        /// Whether what waits may be drawn with the next frame only.
        func mustWait(at now: Duration) -> Bool {
            hasTime && nextFrame > now
        }

        /// How long until the reader must be woken for what waits; nil where somebody else sees to it.
        mutating func timeToWake(at now: Duration) -> Duration? {
            guard !waiting.isEmpty, mustWait(at: now), !isWakeDue else { return nil }
            isWakeDue = true
            return nextFrame - now
        }

        mutating func takeAll() -> [ChatEvent] {
            defer {
                showsReply =
                    showsReply || waiting.contains { if case .generation = $0 { true } else { false } }
                waiting = []
                hasTime = true
            }
            return waiting
        }
    }

    private let contents = Mutex(Contents())
    private let start = ContinuousClock.now
    private let frameTime: Duration

    /// Creates an empty inbox; the frames that tokens make are at least `frameTime` apart.
    public init(frameTime: Duration) {
        self.frameTime = frameTime
    }

    /// The time since the inbox was made.
    public var now: Duration { ContinuousClock.now - start }

    /// Brings an event at once.
    public func post(_ event: ChatEvent) {
        bring(event, isOfReply: false)
    }

    private func bring(_ event: ChatEvent, isOfReply: Bool) {
        let (reader, wait) = contents.withLock { contents in
            contents.waiting.append(event)
            contents.hasTime = contents.hasTime && isOfReply
            let now = now
            return (contents.readerToWake(at: now), contents.timeToWake(at: now))
        }
        reader?.resume()
        if let wait { wake(after: wait) }
    }

    /// Wakes the reader when the next frame is due: perhaps nothing more comes that would bring along what waits.
    private func wake(after wait: Duration) {
        Task {
            try? await Task.sleep(for: wait)
            let (reader, more) = contents.withLock { contents in
                contents.isWakeDue = false
                let now = now
                return (contents.readerToWake(at: now), contents.timeToWake(at: now))
            }
            reader?.resume()
            if let more { self.wake(after: more) }
        }
    }

    /// Brings what the terminal tells, at once.
    public func follow(_ events: AsyncStream<TerminalEvent>) -> Task<Void, Never> {
        Task {
            for await event in events { post(.terminal(event, at: now)) }
        }
    }

    /// Brings what the engine tells of a reply, once a frame.
    @discardableResult
    public func follow(_ events: AsyncStream<GenerationEvent>) -> Task<Void, Never> {
        // On no actor: a stream hands over what has gathered without a pause only where nobody has to be hopped back to.
        Task {
            var handsOverUntil = Duration.zero
            for await event in events {
                if now >= handsOverUntil {
                    let rest = contents.withLock { $0.nextFrame } - now
                    if rest > .zero { try? await Task.sleep(for: rest) }
                    handsOverUntil = now + EventInbox.handOver
                }
                bring(.generation(event, at: now), isOfReply: true)
            }
        }
    }

    /// Long enough to hand over all that has gathered between two frames, too short for the next token: a frame drawn
    /// meanwhile must not split what belongs to it.
    private static let handOver = Duration.milliseconds(1)

    /// Tells that what was taken last is drawn.
    public func frameDrawn() {
        let wait = contents.withLock { contents in
            let now = now
            if contents.showsReply {
                contents.nextFrame = now + frameTime
                contents.showsReply = false
            }
            return contents.timeToWake(at: now)
        }
        if let wait { wake(after: wait) }
    }

    /// Takes all that has come, in order; waits while there is nothing that could be drawn now. For one reader.
    public func take() async -> [ChatEvent] {
        await withCheckedContinuation { reader in
            let isReady = contents.withLock { contents in
                let isReady = !contents.waiting.isEmpty && !contents.mustWait(at: now)
                if !isReady { contents.reader = reader }
                return isReady
            }
            if isReady { reader.resume() }
        }
        return takeRest()
    }

    /// Takes what has come since, for the same frame: the tokens of a frame are brought one by one.
    public func takeRest() -> [ChatEvent] {
        contents.withLock { $0.takeAll() }
    }
}
