import InferenceEngine
import MoDModel
import Tokenization

/// Decoding as a chat does, through the engine with sampling and an event a token, beside the bare forward pass of
/// the same tokens. Both decode right after they have read the prompt.
struct EngineRow {
    /// Tokens a second.
    private(set) var engine = Samples()
    private(set) var forward = Samples()
    private let inference: InferenceEngine
    /// What the engine reads and writes, the same every time.
    private let prompt: [Int32]
    private let reply: [Int32]
    private enum Side: CaseIterable {
        case engine, forward
    }
    private var turns = Turns(Side.allCases)

    /// Asks once without a clock.
    init(on bed: BenchBed, tokenizer: Tokenizer) async throws {
        let session = try ModelSession(
            model: bed.session.model, contextLength: bed.session.model.configuration.contextLength,
            threadCount: bed.session.threadCount)
        session.capacity = .dense
        inference = try InferenceEngine(session: session, tokenizer: tokenizer)
        let answer = try await Self.ask(inference, maximumTokens: bed.plan.reply)
        (prompt, reply) = (answer.prompt, answer.reply)
    }

    mutating func measure(on bed: BenchBed) async throws {
        for side in turns.next() {
            switch side {
            case .engine:
                // Another conversation takes this one's place in the cache: the prompt is to be read again.
                _ = try await Self.ask(inference, system: BenchChat.shortSystem, maximumTokens: 1)
                engine.append(try await Self.ask(inference, maximumTokens: bed.plan.reply).rate)
            case .forward:
                try bed.session.prefill(prompt[...])
                forward.append(try bed.session.decode(reply[...]))
            }
        }
    }

    /// What the engine read anew, what it wrote, and how many tokens a second.
    private typealias Answer = (prompt: [Int32], reply: [Int32], rate: Double)

    private static func ask(
        _ inference: InferenceEngine, system: String? = nil, maximumTokens: Int
    ) async throws -> Answer {
        var sampling = BenchChat.sampling
        sampling.maximumTokens = maximumTokens
        var conversation = [ChatMessage(role: .user, content: BenchChat.message)]
        if let system { conversation.insert(ChatMessage(role: .system, content: system), at: 0) }
        var answer: Answer = ([], [], .nan)
        for await event in inference.generate(conversation, sampling: sampling) {
            switch event {
            case .prompt(let tokens, _, _): answer.prompt += tokens.map(\.id)
            case .token(let token): answer.reply.append(token.id)
            case .finished(_, let statistics):
                answer.rate = Double(statistics.generatedTokens) / statistics.generationSeconds
            case .failed(let error): throw error
            case .droppedOldestMessages: break
            }
        }
        return answer
    }
}
