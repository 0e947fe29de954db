import Conversations
import InferenceEngine
import MoDModel
import TestSupport
import Testing
import Tokenization

/// Every event names its reply and the length of the context once it had happened.
@Suite("What events tell of their reply and of the context", .timeLimit(.minutes(1)))
struct ContextLengthTests {
    private let tiny: Tiny
    private let greedy = SamplingOptions(temperature: 0, repetitionPenalty: 1, maximumTokens: 24)

    init() throws {
        tiny = try Tiny()
    }

    /// Holds the events of a whole reply to what each can have added to the tokens that were reused.
    private func expectExact(
        _ told: Told, of reply: ReplyID = .first, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let statistics = try #require(told.statistics, sourceLocation: sourceLocation)
        var expected = statistics.reusedTokens
        for event in told.events {
            switch event.kind {
            case .prompt(let tokens, _, _): expected += tokens.count
            case .token(let token): expected += token.routing == nil ? 0 : 1
            case .droppedOldestMessages, .finished, .failed: break
            }
            #expect(event.contextTokens == expected, "\(event.kind)", sourceLocation: sourceLocation)
            #expect(event.reply == reply, sourceLocation: sourceLocation)
        }
    }

    @Test("The context grows by the chunks of the prompt, then token by token, on top of what was reused")
    func turns() async throws {
        let engine = try tiny.engine()
        var conversation = Tiny.asking("hello, and a few words more, so that there are several chunks")
        var id = ReplyID.first
        for turn in 0..<3 {
            let told = await Told(engine.generate(conversation, sampling: greedy, as: id))
            try expectExact(told, of: id)
            #expect((told.statistics?.reusedTokens == 0) == (turn == 0))
            #expect(told.events.count > told.reply.count + (turn == 0 ? 3 : 1))
            conversation += [
                ChatMessage(role: .assistant, content: told.text), ChatMessage(role: .user, content: "and"),
            ]
            id = id.next
        }
    }

    @Test("Dropped messages are no longer in the context when they are told of")
    func dropped() async throws {
        let engine = try tiny.engine()
        let options = SamplingOptions(temperature: 0, maximumTokens: 4)
        var conversation = [ChatMessage(role: .system, content: "the")]
        var (drops, before) = (0, 0)
        for turn in 0..<30 {
            conversation.append(ChatMessage(role: .user, content: "question \(turn)"))
            let told = await Told(engine.generate(conversation, sampling: options))
            try expectExact(told)
            if !told.dropped.isEmpty {
                drops += 1
                let left = try #require(told.contextTokens[0])
                #expect(left > 0 && left < before / 2, "the system prompt stays")
            }
            before = (told.contextTokens.last ?? 0) ?? 0
            conversation.append(ChatMessage(role: .assistant, content: told.text))
        }
        #expect(drops >= 2)
    }

    @Test("Tokens of a draft that are verified together are counted one by one", arguments: [0.25, 0.75])
    func drafts(draftCapacity: Double) throws {
        let capacity = try #require(Capacity(draftCapacity))
        let own = try #require(SelfSpeculation(draftTokens: 4, draftCapacity: capacity))
        for (tiny, isPerfect) in [(tiny, false), (try Tiny(SpeculationTests.perfectDrafts), true)] {
            for maximumTokens in 20...24 {
                var options = greedy
                options.maximumTokens = maximumTokens
                var context = CachedContext(try tiny.session())
                let speculation = Speculation(promptLookup: false, selfSpeculation: own)
                let told = try tiny.write(tiny.prompt("hello"), options, speculation, in: &context)
                try expectExact(told)
                let statistics = try #require(told.statistics)
                #expect(context.tokens.count == told.contextTokens.last)
                #expect(statistics.draftedTokens > 0)
                #expect((statistics.keptTokens == statistics.draftedTokens) == isPerfect)
            }
        }
    }

    @Test("A reply that is stopped tells what is left, wherever in a draft that is", arguments: 1...12)
    func stopped(at count: Int) throws {
        let tiny = try Tiny(SpeculationTests.perfectDrafts)
        let own = try #require(SelfSpeculation(draftTokens: 4, draftCapacity: Capacity(0.5) ?? .dense))
        for speculation in [.none, Speculation(promptLookup: false, selfSpeculation: own)] {
            var context = CachedContext(try tiny.session())
            let told = try tiny.write(tiny.prompt("hello"), greedy, speculation, in: &context) { told, desk in
                if told.reply.count == count { desk.cancelCurrent() }
            }
            #expect(told.reason == .cancelled && told.reply.count == count)
            try expectExact(told)
            #expect(context.tokens.count == told.contextTokens.last)
        }
    }

    @Test("A token for which there is no room does not count")
    func contextFull() throws {
        var context = CachedContext(try tiny.session(contextLength: 48))
        var options = greedy
        options.maximumTokens = 100
        let told = try tiny.write(tiny.prompt("hello"), options, in: &context)
        try #require(told.reason == .contextFull)
        try expectExact(told)
        #expect(told.contextTokens.suffix(3) == [48, 48, 48])
    }

    @Test("A stopped reply's events have its name, and the next one's have another")
    func names() async throws {
        let engine = try tiny.engine()
        let (first, second) = (ReplyID.first, ReplyID.first.next)
        #expect(first != second && second.next != first)
        let stream = engine.generate(Tiny.asking("hello"), sampling: greedy, as: first)
        engine.stop()
        let next = engine.generate(Tiny.asking("hello"), sampling: greedy, as: second)
        try expectExact(await Told(stream), of: first)
        try expectExact(await Told(next), of: second)
    }

    @Test("A reply that fails tells of the context what it knows")
    func failures() async throws {
        var vocabulary = tiny.vocabulary
        vocabulary.tokens.append("hand")
        vocabulary.kinds.append(1)
        vocabulary.merges.append("h and")
        let engine = try InferenceEngine(
            session: tiny.session(), tokenizer: Tokenizer(vocabulary: vocabulary))
        let reply = ReplyID.first.next
        let long = String(repeating: "x", count: 300)
        let tooLong = await Told(engine.generate(Tiny.asking(long), sampling: greedy, as: reply))
        #expect(tooLong.failure != nil && tooLong.contextTokens == [nil])
        #expect(tooLong.events.map(\.reply) == [reply])

        // The prompt's last chunk has a token that the model does not know.
        let filler = String(repeating: "y", count: 16)
        let refused = await Told(
            engine.generate(Tiny.asking("\(filler) hand"), sampling: greedy, as: reply))
        let read = refused.prompt.count
        #expect(refused.failure != nil && read > 16)
        #expect(refused.contextTokens == stride(from: 16, through: read, by: 16).map { $0 } + [read])
        #expect(refused.events.allSatisfy { $0.reply == reply })
    }
}

@Suite("The length of a conversation", .timeLimit(.minutes(1)))
struct ConversationLengthTests {
    private let tiny: Tiny
    private let engine: InferenceEngine

    init() throws {
        tiny = try Tiny()
        engine = try tiny.engine()
    }

    private func length(_ conversation: [ChatMessage]) async -> Int {
        await engine.contextTokens(of: conversation, maximumTokens: 8)
    }

    @Test("is that of what the template makes of it")
    func template() async {
        let conversation =
            Tiny.asking("hello") + [
                ChatMessage(role: .assistant, content: "\nthe"), ChatMessage(role: .user, content: ""),
            ]
        for count in 1...conversation.count {
            let messages = Array(conversation.prefix(count))
            let tokens = tiny.template.tokens(for: messages, addingGenerationPrompt: false)
            #expect(await length(messages) == tokens.count)
        }
        let bare = Array(conversation.dropFirst())
        let tokens = tiny.template.tokens(for: bare, addingGenerationPrompt: false)
        #expect(await length(bare) == tokens.count, "with the default system prompt")
    }

    @Test("leaves out what has no room in the prompt of the next question")
    func overflow() async throws {
        let question = ChatMessage(role: .user, content: "x")
        let asked = tiny.template.tokens(for: question).count + tiny.template.generationPrompt.count
        var transcript = Transcript(tiny.template)
        var conversation = [ChatMessage(role: .system, content: "the")]
        var (exact, shortened) = (0, 0)
        for turn in 0..<40 {
            conversation += [
                ChatMessage(role: .user, content: "question \(turn)"),
                ChatMessage(role: .assistant, content: "an answer"),
            ]
            let prompt = try Prompt(
                conversation + [question], transcript: &transcript, contextLength: 256, maximumTokens: 8)
            let length = await length(conversation)
            let seen = prompt.tokens.count - asked
            // The question itself may be what there is no more room for.
            #expect(length >= seen && length <= 256 - 8)
            exact += length == seen ? 1 : 0
            shortened += prompt.droppedCount > 0 ? 1 : 0
        }
        #expect(exact >= 34 && shortened >= 20)
    }

    @Test("has no answer in it that outgrew the context, and nothing where a system prompt did")
    func tooLong() async {
        let long = String(repeating: "x", count: 300)
        let conversation = Tiny.asking("hello") + [ChatMessage(role: .assistant, content: long)]
        #expect(await length(conversation) == tiny.template.tokens(for: conversation[0]).count)
        #expect(await length([ChatMessage(role: .system, content: long)]) == 0)
    }
}
