import Conversations
import InferenceEngine
import MoDModel
import TestSupport
import Testing
import Tokenization

/// Every reply here is written twice, with drafts and without; at temperature 0 the events must be the same, to the
/// last bit of probabilities and scores.
@Suite("A reply from drafts, at temperature 0")
struct SpeculationTests {
    private let greedy = SamplingOptions(temperature: 0, repetitionPenalty: 1, maximumTokens: 24)

    /// A way to draft, and a capacity to be asked for.
    struct Setting: Sendable, CustomTestStringConvertible {
        var draftTokens: Int
        var draftCapacity: Double
        var asked: Double

        var testDescription: String { "\(draftTokens) at \(draftCapacity) for \(asked)" }

        func speculation() throws -> Speculation {
            let capacity = try #require(Capacity(draftCapacity))
            let own = try #require(SelfSpeculation(draftTokens: draftTokens, draftCapacity: capacity))
            return Speculation(promptLookup: false, selfSpeculation: own)
        }
    }

    /// A model that processes every token whatever the capacity, and so drafts what it says.
    static var perfectDrafts: TinyModel {
        var shape = TinyModel()
        shape.anchorTokens = shape.contextLength
        return shape
    }

    static let settings = [1, 2, 3, 5, 16].flatMap { draftTokens in
        [(0, 1), (0.25, 1), (0.5, 1), (0.75, 1), (0.25, 0.5), (0.5, 0.9)].map {
            Setting(draftTokens: draftTokens, draftCapacity: $0.0, asked: $0.1)
        }
    }

    @Test("is the same to the last bit", arguments: ["all", "routed"], settings)
    func lossless(kv: String, setting: Setting) throws {
        var shape = TinyModel()
        shape.kv = kv
        let tiny = try Tiny(shape)
        let asked = try #require(Capacity(setting.asked))
        var kept = 0
        for question in ["hello", "the", "and the hello"] {
            for penalty in [Float(1), 1.3] {
                var options = greedy
                options.repetitionPenalty = penalty
                let (plain, drafted) = try pair(tiny, question, options, setting.speculation(), at: asked)
                expectSame(plain, drafted)
                let statistics = try #require(drafted.statistics)
                #expect(statistics.draftedTokens > 0 && plain.statistics?.draftedTokens == 0)
                #expect(statistics.keptTokens <= statistics.draftedTokens)
                kept += statistics.keptTokens
            }
        }
        #expect(kept > 0, "some draft must be right for this test to mean anything")
    }

    @Test("is the same whatever the gate, the threads and the chunks", arguments: ["hard", "scaled"])
    func shapes(gate: String) throws {
        var shape = TinyModel()
        shape.gate = gate
        let tiny = try Tiny(shape)
        let speculation = try Setting(draftTokens: 4, draftCapacity: 0.25, asked: 1).speculation()
        var context = CachedContext(try tiny.session())
        let plain = try tiny.write(tiny.prompt("hello"), greedy, in: &context)
        for (threads, chunkLength) in [(1, 1), (1, 2), (2, 3), (2, 64)] {
            var other = CachedContext(try tiny.session(threads: threads, chunkLength: chunkLength))
            let drafted = try tiny.write(tiny.prompt("hello"), greedy, speculation, in: &other)
            #expect(drafted.reply == plain.reply && other.tokens == context.tokens)
            // A chunk of one has no room for a draft.
            #expect((drafted.statistics?.draftedTokens ?? 0) > 0 || chunkLength == 1)
        }
    }

    @Test("ends at its longest length, wherever in a draft that is", arguments: 1...12)
    func length(maximumTokens: Int) throws {
        let tiny = try Tiny()
        var options = greedy
        options.maximumTokens = maximumTokens
        for draftTokens in [1, 3, 16] {
            let speculation = try Setting(draftTokens: draftTokens, draftCapacity: 0.5, asked: 1)
                .speculation()
            let (plain, drafted) = try pair(tiny, "hello", options, speculation)
            #expect(plain.reason == .length)
            expectSame(plain, drafted)
        }
    }

    @Test("ends where the context is full, wherever in a draft that is", arguments: 1...12)
    func contextFull(room: Int) throws {
        let tiny = try Tiny()
        let prompt = tiny.prompt("hello")
        for draftTokens in [1, 3, 16] {
            let speculation = try Setting(draftTokens: draftTokens, draftCapacity: 0.5, asked: 1)
                .speculation()
            let (plain, drafted) = try pair(
                tiny, "hello", greedy, speculation, contextLength: prompt.count + room)
            #expect(plain.reason == .contextFull && plain.reply.count == room + 1)
            expectSame(plain, drafted)
        }
    }

    @Test("ends with the end of the turn, wherever in a draft that is")
    func endOfTurn() throws {
        let tiny = try Tiny()
        let perfect = try Tiny(Self.perfectDrafts)
        var lengths: Set<Int> = []
        for question in 0..<400 where lengths.count < 3 {
            var context = CachedContext(try tiny.session())
            let plain = try tiny.write(tiny.prompt("\(question)"), greedy, in: &context)
            guard plain.reason == .endOfTurn else { continue }
            lengths.insert(plain.reply.count)
            for draftTokens in [1, 2, 3, 4, 5, 16] {
                let speculation = try Setting(draftTokens: draftTokens, draftCapacity: 0.75, asked: 1)
                    .speculation()
                let (again, drafted) = try pair(tiny, "\(question)", greedy, speculation)
                expectSame(again, drafted)
                let statistics = try pair(perfect, "\(question)", greedy, speculation).drafted.statistics
                #expect(
                    statistics?.draftedTokens == statistics?.keptTokens, "nothing is drafted beyond the end")
            }
        }
        #expect(lengths.count == 3, "too few questions make the model end its turn")
    }

    @Test("stops at the token at which it is asked to", arguments: 1...12)
    func stops(at count: Int) throws {
        let tiny = try Tiny()
        for draftTokens in [1, 3, 16] {
            let speculation = try Setting(draftTokens: draftTokens, draftCapacity: 0.5, asked: 1)
                .speculation()
            let (plain, drafted) = try pair(tiny, "hello", greedy, speculation) { told, desk in
                if told.reply.count == count { desk.cancelCurrent() }
            }
            #expect(plain.reason == .cancelled && plain.reply.count == count)
            expectSame(plain, drafted)
        }
    }

    @Test("takes up a new capacity at the next token, and back", arguments: 1...8)
    func turnsTheDial(at count: Int) throws {
        let tiny = try Tiny()
        for (draftTokens, low) in [(1, 0.75), (3, 0.75), (16, 0.75), (3, 0.25)] {
            let speculation = try Setting(draftTokens: draftTokens, draftCapacity: 0.5, asked: 1)
                .speculation()
            let low = try #require(Capacity(low))
            let (plain, drafted) = try pair(tiny, "hello", greedy, speculation) { told, desk in
                if told.reply.count == count { desk.capacity = low }
                if told.reply.count == count + 6 { desk.capacity = .dense }
            }
            #expect(Set(plain.reply.compactMap { $0.routing?.reasons }).count == 2)
            expectSame(plain, drafted)
        }
    }

    @Test("drafts nothing while the capacity asked for is no higher than that of drafts")
    func noHigher() throws {
        let tiny = try Tiny()
        let speculation = try Setting(draftTokens: 4, draftCapacity: 0.5, asked: 1).speculation()
        for asked in [0, 0.25, 0.5] {
            let asked = try #require(Capacity(asked))
            let (plain, drafted) = try pair(tiny, "hello", greedy, speculation, at: asked)
            expectSame(plain, drafted)
            #expect(drafted.statistics?.draftedTokens == 0)
        }
    }

    @Test("counts a draft that is right at once as kept")
    func counted() throws {
        let tiny = try Tiny(Self.perfectDrafts)
        let speculation = try Setting(draftTokens: 3, draftCapacity: 0, asked: 1).speculation()
        let (plain, drafted) = try pair(tiny, "hello", greedy, speculation)
        expectSame(plain, drafted)
        // Six rounds of a drawn token and three drafted ones.
        #expect(drafted.statistics?.draftedTokens == 18 && drafted.statistics?.keptTokens == 18)
    }

    @Test("says where each pass ends, so that the tokens of a draft are told together")
    func passes() throws {
        let tiny = try Tiny(Self.perfectDrafts)
        let speculation = try Setting(draftTokens: 3, draftCapacity: 0, asked: 1).speculation()
        let (plain, drafted) = try pair(tiny, "hello", greedy, speculation)
        for (told, tokens) in [(plain, 1), (drafted, 4)] {
            let prompt = told.events.count - 1 - told.reply.count
            #expect(prompt > 1)
            let expected =
                Array(1...prompt) + stride(from: tokens, through: 24, by: tokens).map { prompt + $0 }
            #expect(told.passes == expected)
        }
    }

    @Test("A draft has 1 to 16 tokens", arguments: [Int.min, -1, 0, 17, .max])
    func lengths(draftTokens: Int) {
        #expect(SelfSpeculation(draftTokens: draftTokens, draftCapacity: .dense) == nil)
    }

    /// Writes a reply without drafts and with them, each on a fresh cache; what is in the two caches afterwards must be
    /// equal.
    private func pair(
        _ tiny: Tiny, _ question: String, _ options: SamplingOptions, _ speculation: Speculation,
        at capacity: Capacity? = nil, contextLength: Int? = nil, step: (Told, ReplyDesk) -> Void = { _, _ in }
    ) throws -> (plain: Told, drafted: Told) {
        let prompt = tiny.prompt(question)
        var context = CachedContext(try tiny.session(contextLength: contextLength))
        let plain = try tiny.write(prompt, options, at: capacity, in: &context, step: step)
        var other = CachedContext(try tiny.session(contextLength: contextLength))
        let drafted = try tiny.write(prompt, options, speculation, at: capacity, in: &other, step: step)
        #expect(context.tokens == other.tokens)
        return (plain, drafted)
    }

    private func expectSame(
        _ plain: Told, _ drafted: Told, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(drafted.reply == plain.reply, sourceLocation: sourceLocation)
        #expect(drafted.prompt == plain.prompt, sourceLocation: sourceLocation)
        #expect(drafted.reason == plain.reason, sourceLocation: sourceLocation)
        #expect(drafted.text == plain.text, sourceLocation: sourceLocation)
        #expect(
            drafted.statistics?.realisedCapacity == plain.statistics?.realisedCapacity,
            sourceLocation: sourceLocation)
        #expect(
            drafted.contextTokens.last == plain.contextTokens.last,
            sourceLocation: sourceLocation)
    }
}
