import InferenceEngine
import MoDModel
import Testing

@Suite("Handing events on")
struct EventPacerTests {
    private final class Consumer {
        /// Ids of tokens, and −1 for anything else.
        var seen: [Int32] = []
    }

    private let consumer = Consumer()
    private let start = ContinuousClock.now

    private func pacer() -> EventPacer {
        EventPacer { [consumer] event in
            if case .token(let token) = event.kind {
                consumer.seen.append(token.id)
            } else {
                consumer.seen.append(-1)
            }
        }
    }

    private func token(_ id: Int32) -> GenerationEvent {
        event(
            .token(
                GeneratedToken(
                    id: id, text: "", delta: "", probability: 1, entropy: 0, runnersUp: [], routing: nil,
                    capacity: .dense, policy: .held)))
    }

    private func event(_ kind: GenerationEvent.Kind) -> GenerationEvent {
        GenerationEvent(kind, of: .first, contextTokens: 0)
    }

    @Test("The first token and those that come slowly are handed on at once")
    func slow() {
        var pacer = pacer()
        for id in Int32(0)..<5 {
            pacer.add(token(id), at: start + EventPacer.interval * Int(id))
            #expect(consumer.seen == Array(0...id))
        }
    }

    @Test("Tokens in quick succession are handed on together, in their order")
    func quick() {
        var pacer = pacer()
        for id in Int32(0)..<4 { pacer.add(token(id), at: start + .milliseconds(4) * Int(id)) }
        #expect(consumer.seen == [0])
        pacer.add(token(4), at: start + .milliseconds(16))
        #expect(consumer.seen == [0, 1, 2, 3, 4])
        pacer.add(token(5), at: start + .milliseconds(20))
        #expect(consumer.seen.count == 5)
        pacer.flush()
        #expect(consumer.seen == [0, 1, 2, 3, 4, 5])
        pacer.flush()
        #expect(consumer.seen.count == 6)
    }

    @Test("What is no token waits for nothing, and passes no token by")
    func others() {
        var pacer = pacer()
        pacer.add(token(0), at: start)
        pacer.add(token(1), at: start + .milliseconds(1))
        pacer.add(event(.prompt(tokens: [], processed: 0, total: 0)), at: start + .milliseconds(2))
        #expect(consumer.seen == [0, 1, -1])
    }
}
