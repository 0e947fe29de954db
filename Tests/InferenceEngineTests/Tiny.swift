import Conversations
import Foundation
import GGUF
import InferenceEngine
import MoDModel
import TestSupport
import Testing
import Tokenization

/// A small random model and all that goes with it.
struct Tiny {
    let model: MoDModel
    let vocabulary: TokenizerVocabulary
    let tokenizer: Tokenizer
    let template: ChatTemplate

    init(_ shape: TinyModel = TinyModel()) throws {
        let directory = try TemporaryDirectory()
        model = try MoDModel(contentsOf: shape.write(into: directory.url))
        vocabulary = try TokenizerVocabulary(of: model.file)
        tokenizer = try Tokenizer(vocabulary: vocabulary)
        template = try ChatTemplate(tokenizer)
    }

    /// A session of its own; short chunks, so that prompts have several.
    func session(threads: Int = 1, chunkLength: Int = 16, contextLength: Int? = nil) throws
        -> sending ModelSession
    {
        try ModelSession(
            model: model, contextLength: contextLength, threadCount: threads, chunkLength: chunkLength)
    }

    func engine(threads: Int = 1, speculation: Speculation = .none) throws -> InferenceEngine {
        try InferenceEngine(
            session: session(threads: threads), tokenizer: tokenizer, speculation: speculation)
    }

    /// Writes a reply on this thread; `step` sees all events so far after each of them.
    func write(
        _ prompt: [Int32], _ options: SamplingOptions, _ speculation: Speculation = .none,
        at capacity: Capacity? = nil, in context: inout CachedContext,
        step: (Told, ReplyDesk) -> Void = { _, _ in }
    ) throws -> Told {
        let description = model.description
        let desk = ReplyDesk(capacity: capacity ?? description.defaultCapacity)
        let cancellation = try #require(desk.open())
        var told = Told([])
        try withoutActuallyEscaping(step) { step in
            var reply = Reply(
                options, speculation: speculation, lookup: PromptLookup(knownCost: 0.02),
                description: description,
                vocabulary: ReplyVocabulary(tokenizer, template: template), desk: desk,
                cancellation: cancellation,
                emit: { event in
                    told.events.append(event)
                    step(told, desk)
                },
                passEnded: { told.passes.append(told.events.count) })
            let reason = try reply.write(after: prompt, in: &context)
            let count = context.tokens.count
            let end = GenerationEvent.Kind.finished(reason, reply.meter.statistics)
            told.events.append(GenerationEvent(end, of: .first, contextTokens: count))
        }
        return told
    }

    /// The prompt of a conversation of one question, without a word of the default system prompt, which would
    /// fill half of this context.
    func prompt(_ question: String) -> [Int32] {
        template.tokens(for: Self.asking(question), addingGenerationPrompt: true)
    }

    static func asking(_ question: String) -> [ChatMessage] {
        [ChatMessage(role: .system, content: "the"), ChatMessage(role: .user, content: question)]
    }

    /// The token of one byte of text.
    static func token(_ character: Character) -> Int32 {
        Int32(TinyModel.controlTokens.count) + Int32(character.asciiValue ?? 0)
    }
}

extension TokenizerVocabulary {
    fileprivate init(of file: GGUFFile) throws {
        self.init(
            tokens: try file.strings("tokenizer.ggml.tokens"),
            kinds: try file.value("tokenizer.ggml.token_type"),
            merges: try file.strings("tokenizer.ggml.merges"),
            preTokenizer: try file.string("tokenizer.ggml.pre"),
            endOfText: try file.int("tokenizer.ggml.eos_token_id")
        )
    }
}

/// All that a stream told, sorted.
struct Told {
    var events: [GenerationEvent] = []
    /// [forward passes]: how many events had been told by the end of each, where that is known.
    var passes: [Int] = []

    init(_ stream: AsyncStream<GenerationEvent>) async {
        for await event in stream { events.append(event) }
    }

    init(_ events: [GenerationEvent]) {
        self.events = events
    }

    var prompt: [PromptToken] {
        events.flatMap { event -> [PromptToken] in
            if case .prompt(let tokens, _, _) = event.kind { tokens } else { [] }
        }
    }

    var reply: [GeneratedToken] {
        events.compactMap { event -> GeneratedToken? in
            if case .token(let token) = event.kind { token } else { nil }
        }
    }

    var text: String {
        reply.map(\.delta).joined()
    }

    var reason: FinishReason? {
        if case .finished(let reason, _) = events.last?.kind { reason } else { nil }
    }

    var statistics: GenerationStatistics? {
        if case .finished(_, let statistics) = events.last?.kind { statistics } else { nil }
    }

    var failure: EngineError? {
        if case .failed(let error) = events.last?.kind { error } else { nil }
    }

    /// [events]: tokens in the context after each.
    var contextTokens: [Int?] {
        events.map(\.contextTokens)
    }

    var dropped: [Int] {
        events.compactMap { event -> Int? in
            if case .droppedOldestMessages(let count) = event.kind { count } else { nil }
        }
    }
}

extension Conversation {
    /// A conversation of messages, the system prompt first where there is one.
    init(_ messages: [ChatMessage]) {
        self.init(systemPrompt: messages.first.flatMap { $0.role == .system ? $0.content : nil })
        for message in messages where message.role != .system {
            append(message.role == .user ? .user : .assistant, message.content, date: .now)
        }
    }
}

extension InferenceEngine {
    /// Writes the reply that follows some messages.
    nonisolated func generate(
        _ messages: [ChatMessage], sampling: SamplingOptions, as reply: ReplyID = .first
    ) -> AsyncStream<GenerationEvent> {
        generate(Conversation(messages), sampling: sampling, as: reply)
    }

    /// How many tokens of the context some messages take.
    func contextTokens(of messages: [ChatMessage], maximumTokens: Int) -> Int {
        contextTokens(of: Conversation(messages), maximumTokens: maximumTokens)
    }
}
