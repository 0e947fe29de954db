import Conversations
import Foundation
import InferenceEngine
import MoDModel
import Tokenization

// The comparisons within this process.
extension Comparison {
    /// Decoding after many tokens of context, and after few.
    static func depth(on bed: BenchBed) throws(ModelError) -> Comparison {
        let plan = bed.plan
        // Keeps the long context from round to round.
        let deep = try ModelSession(
            model: bed.session.model, contextLength: plan.deep + plan.decoded,
            threadCount: bed.session.threadCount)
        try deep.prefill(bed.tokens[..<plan.deep])
        return Comparison(
            [Line("deepDecode", "decode after \(plan.deep) tokens against \(plan.shallow)")],
            first: {
                deep.truncate(to: plan.deep)
                return [try deep.decode(bed.tokens[plan.deep..<plan.deep + plan.decoded])]
            },
            second: {
                try bed.session.prefill(bed.tokens[..<plan.shallow])
                return [try bed.session.decode(bed.tokens[plan.shallow..<plan.shallow + plan.decoded])]
            })
    }

    /// All threads, and one; nil where one is all.
    static func threads(on bed: BenchBed) throws(ModelError) -> Comparison? {
        let all = bed.session
        guard all.threadCount > 1 else { return nil }
        let one = try ModelSession(model: all.model, contextLength: all.contextLength, threadCount: 1)
        func speeds(_ session: ModelSession) throws(ModelError) -> [Double] {
            [try session.prefill(bed.prompt), try session.decode(bed.continuation)]
        }
        return Comparison(
            [
                Line("threadsPrefill", "prefill, \(all.threadCount) threads against 1"),
                Line("threadsDecode", "decode, \(all.threadCount) threads against 1"),
            ],
            first: { try speeds(all) }, second: { try speeds(one) })
    }

    /// Decoding as a chat does, through the engine with sampling and an event a token, and the bare forward pass of the
    /// same tokens. Both decode right after they have read the prompt.
    static func engine(on bed: BenchBed, tokenizer: Tokenizer) async throws -> Comparison {
        let engine = try EngineChat(on: bed, tokenizer: tokenizer)
        // Once without a clock: the answer is the same every time.
        let answer = try await engine.ask()
        return Comparison(
            [Line("engineDecode", "decode by engine and sampler, without drafts, against bare")],
            first: {
                // Another conversation takes this one's place in the cache: the prompt is to be read again.
                try await engine.interrupt()
                return [try await engine.ask().rate]
            },
            second: {
                try bed.session.prefill(answer.prompt[...])
                return [try bed.session.decode(answer.reply[...])]
            })
    }

    /// Replies drafted by prompt lookup, and the same replies token by token; nil where the context has no room for
    /// what is asked.
    static func promptLookup(on bed: BenchBed, tokenizer: Tokenizer) throws -> Comparison? {
        let messages = [BenchChat.repeating, BenchChat.editing, BenchChat.message]
        let longest = messages.map { tokenizer.encode($0).count }.max() ?? 0
        guard 2 * longest + bed.plan.reply < bed.session.model.configuration.contextLength else { return nil }
        let drafting = try EngineChat(on: bed, tokenizer: tokenizer, speculation: Speculation())
        let plain = try EngineChat(on: bed, tokenizer: tokenizer, speculation: .none)
        func speeds(_ engine: EngineChat) async throws -> [Double] {
            var speeds: [Double] = []
            for message in messages { speeds.append(try await engine.ask(message).rate) }
            return speeds
        }
        return Comparison(
            [
                Line("lookupRepeating", "prompt lookup against none, a text with small edits"),
                Line("lookupEditing", "prompt lookup against none, editing code"),
                Line("lookupChat", "prompt lookup against none, free chat"),
            ],
            first: { try await speeds(drafting) }, second: { try await speeds(plain) })
    }
}

/// An engine that is asked for replies to the messages of `BenchChat`.
struct EngineChat {
    /// What the engine read anew, what it wrote, and how many tokens a second.
    struct Answer {
        var prompt: [Int32] = []
        var reply: [Int32] = []
        var rate = Double.nan
    }

    private let engine: InferenceEngine
    private let maximumTokens: Int

    /// An engine with a session of its own, dense. Each engine needs one, since an engine's cache is what it compares
    /// with the next prompt; and of the whole context, which costs memory only as far as replies fill it.
    init(on bed: BenchBed, tokenizer: Tokenizer, speculation: Speculation = .none) throws {
        let session = try ModelSession(
            model: bed.session.model, contextLength: bed.session.model.configuration.contextLength,
            threadCount: bed.session.threadCount)
        session.capacity = .dense
        engine = try InferenceEngine(session: session, tokenizer: tokenizer, speculation: speculation)
        maximumTokens = bed.plan.reply
    }

    /// Asks for the whole reply to a message.
    func ask(_ message: String = BenchChat.message) async throws -> Answer {
        try await answer(message, maximumTokens: maximumTokens)
    }

    /// Asks for a token of another conversation.
    func interrupt() async throws {
        _ = try await answer(BenchChat.message, systemPrompt: BenchChat.shortSystem, maximumTokens: 1)
    }

    private func answer(
        _ message: String, systemPrompt: String? = nil, maximumTokens: Int
    ) async throws -> Answer {
        var conversation = Conversation(systemPrompt: systemPrompt)
        conversation.append(.user, message, date: .now)
        var sampling = BenchChat.sampling
        sampling.maximumTokens = maximumTokens
        var answer = Answer()
        for await event in engine.generate(conversation, sampling: sampling) {
            switch event.kind {
            case .prompt(let tokens, _, _): answer.prompt += tokens.map(\.id)
            case .token(let token): answer.reply.append(token.id)
            case .finished(_, let statistics): answer.rate = statistics.rate
            case .failed(let error): throw error
            case .droppedOldestMessages: break
            }
        }
        return answer
    }
}

extension GenerationStatistics {
    /// Generated tokens a second.
    var rate: Double { Double(generatedTokens) / generationSeconds }
}
