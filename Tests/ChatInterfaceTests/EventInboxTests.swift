import ChatInterface
import InferenceEngine
import TerminalKit
import Testing

/// Who wakes the chat, and when.
@Suite struct EventInboxTests {
    private static let never = Duration.seconds(3600)

    private func token(_ id: Int32) -> GenerationEvent {
        .token(
            GeneratedToken(
                id: id, text: "a", delta: "a", probability: 1, entropy: 0, runnersUp: [], routing: nil))
    }

    private func ids(_ events: [ChatEvent]) -> [Int32] {
        events.compactMap { event in
            if case .generation(.token(let token), _) = event { token.id } else { nil }
        }
    }

    @Test func tokensBetweenTwoFramesComeTogether() async throws {
        let frameTime = Duration.milliseconds(200)
        let inbox = EventInbox(frameTime: frameTime)
        let (events, engine) = AsyncStream.makeStream(of: GenerationEvent.self)
        engine.yield(token(0))
        inbox.follow(events)
        #expect(ids(await inbox.take()) == [0], "the first one waits for nothing")
        let drawn = inbox.now
        inbox.frameDrawn()
        engine.yield(token(1))
        // Lets the inbox find the first of them alone.
        try await Task.sleep(for: .milliseconds(10))
        for id in 2...99 { engine.yield(token(Int32(id))) }
        var (all, wakes): ([Int32], Int) = ([], 0)
        while all.count < 99 {
            all += ids(await inbox.take())
            wakes += 1
            #expect(inbox.now - drawn >= frameTime)
        }
        #expect(all == Array(1...99))
        // The reader may run before the last of them has been handed over, but not for each of them.
        #expect(wakes < 20)
    }

    @Test func aKeyDuringAStreamComesAtOnce() async throws {
        let inbox = EventInbox(frameTime: Self.never)
        let (replies, engine) = AsyncStream.makeStream(of: GenerationEvent.self)
        let (keys, keyboard) = AsyncStream.makeStream(of: TerminalEvent.self)
        inbox.frameDrawn()
        let tasks = [inbox.follow(replies), inbox.follow(keys)]
        defer { tasks.forEach { $0.cancel() } }
        for id in 0..<5 { engine.yield(token(Int32(id))) }
        try await Task.sleep(for: .milliseconds(10))
        keyboard.yield(.key(.character("x"), []))
        let events = await inbox.take()
        #expect(events.count == 1)
        guard case .terminal(.key(.character("x"), []), _)? = events.first else {
            Issue.record("\(events)")
            return
        }
    }

    @Test func eventsKeepTheirOrderAndTheLastOneComesToo() async {
        let inbox = EventInbox(frameTime: .milliseconds(1))
        let (events, engine) = AsyncStream.makeStream(of: GenerationEvent.self)
        inbox.follow(events)
        for id in 0..<50 { engine.yield(token(Int32(id))) }
        engine.yield(.failed(.busy))
        engine.finish()
        var all: [ChatEvent] = []
        while true {
            all += await inbox.take()
            inbox.frameDrawn()
            if case .generation(.failed(.busy), _)? = all.last { break }
        }
        #expect(ids(all) == Array(0..<50))
    }
}
