import DepthFigures
import Foundation
import InferenceEngine
import MoDModel
import Settings
import Tokenization

/// Reads texts for figures: how deep each token goes, and what the lens shows.
struct TextReader {
    let model: MoDModel
    let tokenizer: Tokenizer
    let options: ModelOptions
    let settings: Settings
    let capacity: Capacity
    let policy: RoutingPolicy

    /// A session at the capacity and the policy that were asked for.
    func session() throws(ModelError) -> ModelSession {
        let session = try options.session(model, settings)
        session.capacity = capacity
        session.policy = policy
        return session
    }

    /// An engine on such a session, without drafts: those would only cost time here.
    func engine() throws -> InferenceEngine {
        try InferenceEngine(session: session(), tokenizer: tokenizer, speculation: .none)
    }

    /// Runs tokens through a session, chunk by chunk, from an empty context.
    ///
    /// - Throws: `ModelError`.
    func read(_ tokens: [Int32], in session: ModelSession) throws(ModelError) -> DepthTrace {
        session.truncate(to: 0)
        var read: [DepthTrace.Token] = []
        for start in stride(from: 0, to: tokens.count, by: session.chunkLength) {
            let chunk = start..<min(start + session.chunkLength, tokens.count)
            try session.forward(tokens[chunk], logits: .none)
            for place in chunk {
                let traced = TracedToken(
                    id: tokens[place], text: tokenizer.text(of: tokens[place]),
                    routing: session.routing(row: place - start), prediction: nil)
                read.append(token(traced, isReply: false))
            }
        }
        return trace(read, seed: nil)
    }

    /// A trace of tokens at the capacity and the policy that were asked for.
    func trace(_ tokens: [DepthTrace.Token], seed: UInt64?) -> DepthTrace {
        DepthTrace(model: model.description, capacity: capacity, policy: policy, seed: seed, tokens: tokens)
    }

    /// A token of a trace.
    func token(_ traced: TracedToken, isReply: Bool) -> DepthTrace.Token {
        DepthTrace.Token(traced, isReply: isReply, isSpecial: tokenizer.isControl(traced.id))
    }

    /// Adds a reading of the lens to every token of a trace, and says on a terminal how far it is.
    ///
    /// - Throws: what `InferenceEngine.lens` throws.
    func addLens(to trace: inout DepthTrace, by engine: InferenceEngine) async throws {
        let record = ContextRecord(trace.tokens.map(\.traced))
        defer { Output.progress("") }
        for start in stride(from: 0, to: trace.tokens.count, by: Self.lensTokens) {
            Output.progress("Looking through the lens … \(100 * start / trace.tokens.count) %")
            let part = start..<min(start + Self.lensTokens, trace.tokens.count)
            for reading in try await engine.lens(at: part, in: record, top: 1) {
                trace.tokens[reading.position].lens = reading
            }
        }
    }

    /// Tokens between two reports of progress.
    private static let lensTokens = 64
}
