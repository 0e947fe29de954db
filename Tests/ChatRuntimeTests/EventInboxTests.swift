import ChatInterface
import ChatRuntime
import InferenceEngine
import MoDModel
import TerminalKit
import Testing

/// Who wakes the chat, and when.
@Suite struct EventInboxTests {
    private static let never = Duration.seconds(3600)

    private func token(_ id: Int32) -> GenerationEvent {
        event(
            .token(
                GeneratedToken(
                    id: id, text: "a", delta: "a", probability: 1, entropy: 0, runnersUp: [], routing: nil,
                    capacity: .dense, policy: .held)))
    }

    private func event(_ kind: GenerationEvent.Kind) -> GenerationEvent {
        GenerationEvent(kind, of: .first, contextTokens: 0)
    }

    private func ids(_ events: [ChatEvent]) -> [Int32] {
        events.compactMap { event in
            if case .generation(let event, _) = event, case .token(let token) = event.kind {
                token.id
            } else {
                nil
            }
        }
    }

    /// What comes with the next frame, which is drawn then.
    private func frame(of inbox: EventInbox) async -> [Int32] {
        var events = await inbox.take()
        while case let rest = inbox.takeRest(), !rest.isEmpty { events += rest }
        inbox.frameDrawn()
        return ids(events)
    }

    @Test func tokensBetweenTwoFramesComeTogether() async throws {
        let frameTime = Duration.milliseconds(200)
        let inbox = EventInbox(frameTime: frameTime)
        let (events, engine) = AsyncStream.makeStream(of: GenerationEvent.self)
        engine.yield(token(0))
        inbox.follow(events)
        #expect(await frame(of: inbox) == [0], "the first one waits for nothing")
        var drawn = inbox.now
        engine.yield(token(1))
        // Lets the inbox find the first of them alone.
        try await Task.sleep(for: .milliseconds(10))
        for id in 2...99 { engine.yield(token(Int32(id))) }
        var (all, frames): ([Int32], Int) = ([], 0)
        while all.count < 99 {
            all += await frame(of: inbox)
            frames += 1
            #expect(inbox.now - drawn >= frameTime * 0.99)
            drawn = inbox.now
        }
        #expect(all == Array(1...99))
        // The first of them wakes the reader, who may be done before all have been handed over.
        #expect(frames < 10)
    }

    @Test func tokensThatMissTheirFrameComeWithTheNextOne() async throws {
        let frameTime = Duration.milliseconds(200)
        let inbox = EventInbox(frameTime: frameTime)
        let (events, engine) = AsyncStream.makeStream(of: GenerationEvent.self)
        inbox.follow(events)
        engine.yield(token(0))
        #expect(ids(await inbox.take()) == [0])
        // They come while the frame is being drawn, and after them nothing does.
        for id in 1...9 { engine.yield(token(Int32(id))) }
        try await Task.sleep(for: .milliseconds(50))
        inbox.frameDrawn()
        let drawn = inbox.now
        #expect(ids(await inbox.take()) == Array(1...9))
        #expect(inbox.now - drawn >= frameTime * 0.99)
    }

    @Test func aKeyTakesWaitingTokensAlong() async throws {
        let inbox = EventInbox(frameTime: Self.never)
        let (events, engine) = AsyncStream.makeStream(of: GenerationEvent.self)
        inbox.follow(events)
        engine.yield(token(0))
        #expect(ids(await inbox.take()) == [0])
        engine.yield(token(1))
        try await Task.sleep(for: .milliseconds(50))
        inbox.frameDrawn()
        inbox.post(.tick(at: .zero))
        let together = await inbox.take()
        #expect(together.count == 2 && ids(together) == [1])
    }

    @Test func aKeyDuringAStreamComesAtOnce() async throws {
        let inbox = EventInbox(frameTime: Self.never)
        let (replies, engine) = AsyncStream.makeStream(of: GenerationEvent.self)
        let task = inbox.follow(replies)
        defer { task.cancel() }
        engine.yield(token(0))
        #expect(await frame(of: inbox) == [0])
        // Past the time in which what has gathered is handed over.
        try await Task.sleep(for: .milliseconds(10))
        for id in 1...5 { engine.yield(token(Int32(id))) }
        try await Task.sleep(for: .milliseconds(10))
        inbox.post(.terminal(.key(.character("x"), []), at: inbox.now))
        let events = await inbox.take()
        #expect(events.count == 1)
        guard case .terminal(.key(.character("x"), []), _)? = events.first else {
            Issue.record("\(events)")
            return
        }
    }

    @Test func keysDoNotHoldUpTheReply() async throws {
        let frameTime = Duration.milliseconds(60)
        let inbox = EventInbox(frameTime: frameTime)
        let (events, engine) = AsyncStream.makeStream(of: GenerationEvent.self)
        inbox.follow(events)
        let typing = Task {
            while !Task.isCancelled {
                try await Task.sleep(for: frameTime / 3)
                inbox.post(.tick(at: inbox.now))
            }
        }
        defer { typing.cancel() }
        var (yielded, shown, frames): (Int32, Int, Int) = (0, 0, 0)
        while shown < 200 {
            for _ in 0..<5 where yielded < 200 {
                engine.yield(token(yielded))
                yielded += 1
            }
            let count = await frame(of: inbox).count
            shown += count
            frames += count > 0 ? 1 : 0
        }
        // Five tokens come between two frames. Were each frame to bring one, there would be 200.
        #expect(frames < 100)
    }

    @Test func theLastEventNeedsNoKeyAfterOneThatCameWhileItWaited() async throws {
        let frameTime = Duration.milliseconds(200)
        let inbox = EventInbox(frameTime: frameTime)
        let (events, engine) = AsyncStream.makeStream(of: GenerationEvent.self)
        engine.yield(token(0))
        inbox.follow(events)
        #expect(await frame(of: inbox) == [0])
        // Past the time in which what has gathered is handed over.
        try await Task.sleep(for: .milliseconds(10))
        engine.yield(token(1))
        engine.finish()
        // The token waits for the frame that is due; a key makes one before.
        try await Task.sleep(for: frameTime / 2)
        inbox.post(.tick(at: inbox.now))
        // Were the token forgotten, this key would bring it.
        let late = Task {
            try await Task.sleep(for: .seconds(20))
            inbox.post(.tick(at: inbox.now))
        }
        defer { late.cancel() }
        let start = inbox.now
        var shown: [Int32] = []
        while shown.isEmpty { shown = await frame(of: inbox) }
        #expect(shown == [1])
        #expect(inbox.now - start < .seconds(15))
    }

    @Test func eventsKeepTheirOrderAndTheLastOneComesToo() async {
        let inbox = EventInbox(frameTime: .milliseconds(1))
        let (events, engine) = AsyncStream.makeStream(of: GenerationEvent.self)
        inbox.follow(events)
        for id in 0..<50 { engine.yield(token(Int32(id))) }
        engine.yield(event(.failed(.busy)))
        engine.finish()
        var all: [ChatEvent] = []
        while true {
            all += await inbox.take()
            inbox.frameDrawn()
            if case .generation(let last, _)? = all.last, case .failed = last.kind { break }
        }
        #expect(ids(all) == Array(0..<50))
    }
}
