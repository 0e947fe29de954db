public import ChatInterface
public import InferenceEngine
import Synchronization

/// Where events wait for the loop that takes them into the chat's state, and what wakes that loop.
///
/// Keys and all else wake it at once, but for what a reply brings. Tokens come many a second, and a thread that wakes
/// for each of them takes a processor from the model each time, whose compute threads then wait for the one that lost
/// it: so tokens gather in the reply's own stream until the next frame is due, come together, and are shown by one
/// frame.
public final class EventInbox: Sendable {
    private struct Contents {
        var waiting: [ChatEvent] = []
        /// Whether all waiting events came with a reply, and so may wait for the next frame.
        var hasTime = true
        /// Whether the next frame shows something of a reply.
        var showsReply = false
        var reader: CheckedContinuation<Void, Never>?
        /// When the next frame of a reply is due. Frames that only keys made do not put it off: somebody who types
        /// would hold up the reply.
        var nextFrame = Duration.zero
        /// Whether a task is under way that will wake the reader.
        var isWakeDue = false

        /// Takes out the reader, to be woken, if there is something for it to draw now.
        mutating func readerToWake(at now: Duration) -> CheckedContinuation<Void, Never>? {
            waiting.isEmpty || mustWait(at: now) ? nil : reader.take()
        }

        /// Whether the waiting events are to be drawn with the next frame and not before.
        func mustWait(at now: Duration) -> Bool {
            hasTime && nextFrame > now
        }

        /// How long until the reader must be woken for the waiting events; nil where it need not be or another task
        /// does.
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

    /// Puts an event into the inbox and wakes the reader at once.
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

    /// Wakes the reader when the next frame is due, since perhaps no other event comes to wake it for those that wait.
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

    /// Puts what the engine tells of a reply into the inbox once a frame. The task ends with the reply.
    @discardableResult
    public func follow(_ events: AsyncStream<GenerationEvent>) -> Task<Void, Never> {
        // On no actor: a stream hands over what has gathered without a pause only where nobody has to be hopped back
        // to.
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

    /// How long events of a reply are handed over without waiting for another frame: long enough for all that gathered
    /// between two frames, which one frame is to show together, too short for the next token.
    private static let handOver = Duration.milliseconds(1)

    /// Tells the inbox that a frame shows the events taken last; the time to the next frame counts from here.
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

    /// Takes all waiting events in the order they came; while there is nothing to be drawn now, waits. For one reader.
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

    /// Takes the events that have come since others were taken, without waiting: a frame's tokens come one by one.
    public func takeRest() -> [ChatEvent] {
        contents.withLock { $0.takeAll() }
    }
}
