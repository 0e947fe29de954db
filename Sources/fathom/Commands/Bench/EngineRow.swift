import InferenceEngine
import MoDModel
import Tokenization

/// Decoding as a chat does, through the engine with sampling and an event a token, beside the bare forward pass of
/// the same tokens.
struct EngineRow {
    /// Tokens a second.
    private(set) var engine = Samples()
    private(set) var forward = Samples()
    private let inference: InferenceEngine
    /// The prompt's tokens, which the engine tells only once: later it has them in its cache.
    private var prompt: [Int32] = []

    init(on bed: BenchBed, tokenizer: Tokenizer) throws {
        let session = try ModelSession(
            model: bed.session.model, contextLength: bed.session.model.configuration.contextLength,
            threadCount: bed.session.threadCount)
        session.capacity = .dense
        inference = try InferenceEngine(session: session, tokenizer: tokenizer)
    }

    mutating func measure(on bed: BenchBed) async throws {
        var sampling = BenchChat.sampling
        sampling.maximumTokens = bed.plan.reply
        var read: [Int32] = []
        var reply: [Int32] = []
        let conversation = [ChatMessage(role: .user, content: BenchChat.message)]
        for await event in inference.generate(conversation, sampling: sampling) {
            switch event {
            case .prompt(let tokens, _, _): read += tokens.map(\.id)
            case .token(let token): reply.append(token.id)
            case .finished(_, let statistics):
                engine.append(Double(statistics.generatedTokens) / statistics.generationSeconds)
            case .failed(let error): throw error
            case .droppedOldestMessages: break
            }
        }
        if prompt.isEmpty { prompt = read }
        try bed.session.prefill(prompt[...])
        forward.append(try bed.session.decode(reply[...]))
    }
}
