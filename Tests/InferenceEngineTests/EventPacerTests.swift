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
            pacer.add(token(id))
            pacer.passEnded(at: start + EventPacer.interval * Int(id))
            #expect(consumer.seen == Array(0...id))
        }
    }

    @Test("Tokens in quick succession are handed on together, in their order")
    func quick() {
        var pacer = pacer()
        for id in Int32(0)..<4 {
            pacer.add(token(id))
            pacer.passEnded(at: start + .milliseconds(4) * Int(id))
        }
        #expect(consumer.seen == [0])
        pacer.add(token(4))
        pacer.passEnded(at: start + .milliseconds(16))
        #expect(consumer.seen == [0, 1, 2, 3, 4])
        pacer.add(token(5))
        pacer.passEnded(at: start + .milliseconds(20))
        #expect(consumer.seen.count == 5)
        pacer.flush()
        #expect(consumer.seen == [0, 1, 2, 3, 4, 5])
        pacer.flush()
        #expect(consumer.seen.count == 6)
    }

    @Test("All tokens of a slow pass are handed on at its end")
    func bursts() {
        var pacer = pacer()
        for pass in 0..<3 {
            for place in 0..<4 { pacer.add(token(Int32(4 * pass + place))) }
            #expect(consumer.seen.count == 4 * pass, "not one by one")
            pacer.passEnded(at: start + .milliseconds(300) * pass)
            #expect(consumer.seen == Array(0..<Int32(4 * pass + 4)))
        }
    }

    @Test("Quick passes are handed on together, however many tokens each brought")
    func quickBursts() {
        var pacer = pacer()
        for pass in 0..<4 {
            for place in 0..<2 { pacer.add(token(Int32(2 * pass + place))) }
            pacer.passEnded(at: start + .milliseconds(6) * pass)
        }
        // At 0, and at 18 milliseconds.
        #expect(consumer.seen == Array(0..<8))
        for id in Int32(8)..<12 { pacer.add(token(id)) }
        pacer.passEnded(at: start + .milliseconds(32))
        #expect(consumer.seen.count == 8)
        pacer.passEnded(at: start + .milliseconds(33))
        #expect(consumer.seen.count == 12)
    }

    @Test("What is no token waits for nothing, and passes no token by")
    func others() {
        var pacer = pacer()
        pacer.add(token(0))
        pacer.passEnded(at: start)
        pacer.add(token(1))
        pacer.passEnded(at: start + .milliseconds(1))
        pacer.add(event(.prompt(tokens: [], processed: 0, total: 0)))
        #expect(consumer.seen == [0, 1, -1])
    }
}
