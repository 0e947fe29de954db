import Conversations
import Foundation
import InferenceEngine
import MoDModel
import TestSupport
import Testing
import Tokenization

/// Drives replies step by step on this thread, so that what happens "at the next token" can be told exactly.
@Suite("A reply, token by token")
struct ReplyTests {
    private let tiny: Tiny
    private let greedy = SamplingOptions(temperature: 0, repetitionPenalty: 1, maximumTokens: 24)

    init() throws {
        tiny = try Tiny()
    }

    @Test("stops before the next token once it is asked to")
    func stops() throws {
        var context = CachedContext(try tiny.session())
        var stopped = 0
        let told = try write(tiny.prompt("hello"), greedy, in: &context) { told, desk in
            if told.reply.count == 5 {
                stopped += 1
                desk.cancelCurrent()
            }
        }
        #expect(stopped == 1 && told.reply.count == 5)
        #expect(told.reason == .cancelled)
        #expect(
            context.tokens == tiny.prompt("hello") + told.reply.map(\.id), "what was said stays in the cache")
    }

    @Test("stops between two chunks of the prompt")
    func stopsInPrompt() throws {
        var context = CachedContext(try tiny.session(chunkLength: 8))
        let prompt = tiny.prompt("a longer question, of several chunks")
        let told = try write(prompt, greedy, in: &context) { told, desk in
            if told.prompt.count == 16 { desk.cancelCurrent() }
        }
        #expect(told.reply.isEmpty && told.reason == .cancelled)
        #expect(context.tokens == Array(prompt.prefix(16)))
    }

    @Test("moves the capacity where a speed is to be held, until it is no longer")
    func holdsASpeed() throws {
        var context = CachedContext(try tiny.session())
        let (description, none) = (tiny.model.description, try #require(Capacity(0)))
        var options = greedy
        options.maximumTokens = 60
        let told = try write(tiny.prompt("hello"), options, in: &context) { told, desk in
            // Tokens of a model this small come too fast for a measure.
            usleep(4000)
            // More than any machine does, then less, then whatever comes.
            switch told.reply.count {
            case 1: desk.holdSpeed(1e7, description)
            case 25: desk.holdSpeed(1, description)
            case 50:
                desk.holdSpeed(nil, description)
                desk.capacity = none
            default: break
            }
        }
        try #require(told.reply.count == 60, "the model must not end its turn for this test to mean anything")
        let capacities = told.reply.map(\.capacity.value)
        #expect(capacities[0] == 1 && capacities[24] == 0 && capacities[49] == 1)
        #expect(capacities[51...].allSatisfy { $0 == 0 })
    }

    @Test("takes up a new capacity at the next token, and back")
    func turnsTheDial() throws {
        let low = try #require(Capacity(0.25))
        var context = CachedContext(try tiny.session())
        let told = try write(tiny.prompt("hello"), greedy, in: &context) { told, desk in
            if told.reply.count == 6 { desk.capacity = low }
            if told.reply.count == 12 { desk.capacity = .dense }
        }
        try #require(told.reply.count == 24, "the model must not end its turn for this test to mean anything")
        for (index, token) in told.reply.enumerated() {
            let routing = try #require(token.routing)
            let reason: RoutingReason = (6..<12).contains(index) ? .score : .dense
            #expect(routing.reasons == [reason, reason])
        }
        let depths = told.reply.compactMap { $0.routing?.depth }
        #expect(depths[6..<12].contains { $0 < 4 }, "some token must be bypassed")
        #expect(depths[..<6].allSatisfy { $0 == 4 } && depths[12...].allSatisfy { $0 == 4 })

        // The same tokens at the same capacities, one by one on a fresh cache, predict each other again: the cache
        // is whole. The reply drew each token from the logits of the one before.
        let session = try tiny.session()
        session.capacity = .dense
        for token in tiny.prompt("hello") { try session.forward([token], logits: .last) }
        for (index, token) in told.reply.enumerated() {
            let best = session.withLogits(row: 0) { logits in
                logits.indices.max { logits[$0] < logits[$1] }
            }
            #expect(best.map(Int32.init) == token.id)
            session.capacity = (6..<12).contains(index) ? low : .dense
            try session.forward([token.id], logits: .last)
        }
    }

    @Test("computes only what is new, and says the same as without a cache", arguments: ["all", "routed"])
    func reuse(kv: String) throws {
        var shape = TinyModel()
        shape.kv = kv
        shape.defaultCapacity = 0.5
        let tiny = try Tiny(shape)
        var transcript = Transcript(tiny.template)
        var context = CachedContext(try tiny.session())
        var conversation = Tiny.asking("hello")

        for turn in 0..<3 {
            let prompt = try Prompt(
                conversation, transcript: &transcript, contextLength: 256, maximumTokens: 8)
            let cached = context.tokens
            var options = SamplingOptions(temperature: 1, seed: UInt64(turn), maximumTokens: 8)
            options.repetitionPenalty = 1
            let told = try write(prompt.tokens, options, in: &context, tiny)
            #expect(told.statistics?.reusedTokens == (turn == 0 ? 0 : cached.count))
            #expect(told.statistics?.promptTokens == prompt.tokens.count - (turn == 0 ? 0 : cached.count))
            #expect(told.prompt.map(\.id) == Array(prompt.tokens[(turn == 0 ? 0 : cached.count)...]))

            var fresh = CachedContext(try tiny.session(threads: 2, chunkLength: 7))
            let again = try write(prompt.tokens, options, in: &fresh, tiny)
            #expect(again.reply == told.reply)
            #expect(again.statistics?.reusedTokens == 0)

            transcript.remember(reply: told.spoken, text: told.text)
            conversation.append(ChatMessage(role: .assistant, content: told.text))
            conversation.append(ChatMessage(role: .user, content: "and \(turn)"))
        }
    }

    @Test("answers the same prompt again by computing its last token only")
    func regenerate() throws {
        var context = CachedContext(try tiny.session())
        let first = try write(tiny.prompt("hello"), greedy, in: &context)
        let second = try write(tiny.prompt("hello"), greedy, in: &context)
        #expect(second.reply == first.reply)
        #expect(second.statistics?.promptTokens == 1)
        #expect(second.prompt == [first.prompt[first.prompt.count - 1]])
    }

    @Test("ends with the end of the turn, which is in the cache but not in the text")
    func endOfTurn() throws {
        let told = try replies().first { $0.reply.last?.id == 2 }
        let reply = try #require(told, "no seed makes the model end its turn")
        #expect(reply.reason == .endOfTurn)
        #expect(reply.reply.last?.text == "<|im_end|>")
        #expect(reply.reply.last?.routing != nil, "it went through the model")
        #expect(!reply.text.contains("<|"))
    }

    @Test("ends, too, where the model opens another turn or ends the whole text", arguments: [Int32(0), 1])
    func otherEnds(id: Int32) throws {
        let told = try #require(try replies().first { $0.reply.last?.id == id })
        #expect(told.reason == .endOfTurn)
        #expect(!told.text.contains("<|"))
    }

    @Test("hands out whole characters that add up to the decoded tokens")
    func deltas() throws {
        for told in try replies().prefix(10) {
            #expect(told.text == tiny.tokenizer.decode(told.spoken))
        }
    }

    @Test("ends when the context is full, with a last token that was never read")
    func contextFull() throws {
        for seed in UInt64(0)..<20 {
            var context = CachedContext(try tiny.session(contextLength: 48))
            let options = SamplingOptions(temperature: 1, seed: seed, maximumTokens: 100)
            let told = try write(tiny.prompt("hello"), options, in: &context)
            guard told.reason == .contextFull else { continue }
            #expect(context.tokens.count == 48)
            #expect(told.reply.count == 48 - tiny.prompt("hello").count + 1)
            #expect(told.reply.last?.routing == nil)
            #expect(told.reply.dropLast().allSatisfy { $0.routing != nil })
            return
        }
        Issue.record("no seed fills the context")
    }

    @Test("reports what it cost")
    func statistics() throws {
        let low = try #require(Capacity(0.25))
        var context = CachedContext(try tiny.session())
        let told = try write(tiny.prompt("hello"), greedy, in: &context) { _, desk in desk.capacity = low }
        let statistics = try #require(told.statistics)
        let routings = told.reply.compactMap(\.routing)
        let processed = routings.reduce(0) { $0 + $1.depth - 2 }
        #expect(statistics.generatedTokens == told.reply.count)
        #expect(told.contextTokens.last == context.tokens.count)
        #expect(statistics.realisedCapacity == Double(processed) / Double(2 * routings.count))
        #expect(statistics.weightsReadShare < 1 && statistics.weightsReadShare > 0.4)
        #expect(statistics.promptSeconds > 0 && statistics.generationSeconds > 0)
    }

    @Test("reports each chunk of the prompt as it goes through the model")
    func promptEvents() throws {
        var context = CachedContext(try tiny.session(chunkLength: 16))
        let prompt = tiny.prompt("a longer question, of several chunks")
        let told = try write(prompt, greedy, in: &context)
        let progress = told.events.compactMap { event -> [Int]? in
            if case .prompt(let tokens, let processed, let total) = event.kind {
                [tokens.count, processed, total]
            } else {
                nil
            }
        }
        #expect(progress.count == (prompt.count + 15) / 16 && progress.count > 2)
        #expect(progress.map { $0[0] }.reduce(0, +) == prompt.count)
        #expect(progress.last?[1...] == [prompt.count, prompt.count])
        #expect(told.prompt.map(\.id) == prompt)
        #expect(told.prompt.map(\.text) == prompt.map(tiny.tokenizer.text))
    }

    /// Replies of many seeds at a temperature at which any token may come.
    private func replies() throws -> [Told] {
        var context = CachedContext(try tiny.session())
        return try (UInt64(0)..<60).map { seed in
            let options = SamplingOptions(temperature: 20, topK: 0, topP: 1, seed: seed, maximumTokens: 60)
            return try write(tiny.prompt("hello"), options, in: &context)
        }
    }

    /// Writes a reply; `step` sees all events so far after each of them.
    private func write(
        _ prompt: [Int32], _ options: SamplingOptions, in context: inout CachedContext, _ other: Tiny? = nil,
        step: (Told, ReplyDesk) -> Void = { _, _ in }
    ) throws -> Told {
        try (other ?? tiny).write(prompt, options, in: &context, step: step)
    }
}

extension Told {
    /// The tokens of the reply without the one that ended it.
    var spoken: [Int32] {
        reply.map(\.id).filter { $0 > 2 }
    }
}
