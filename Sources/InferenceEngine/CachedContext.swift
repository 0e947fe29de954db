package import MoDModel

/// A model session and the tokens that its KV cache holds.
package struct CachedContext {
    private let session: ModelSession
    /// The tokens in the KV cache, by position.
    package private(set) var tokens: [Int32] = []

    /// Takes over a session, whose cache is emptied.
    package init(_ session: ModelSession) {
        session.truncate(to: 0)
        self.session = session
    }

    /// Whether the KV cache has no room for another token.
    var isFull: Bool {
        tokens.count >= session.contextLength
    }

    /// The most tokens that can be run through the model in one pass now.
    var room: Int {
        min(session.contextLength - tokens.count, session.chunkLength)
    }

    /// Forgets the tokens from the first on that differs from `prompt`, and returns how many of the prompt's tokens
    /// need not be computed. Never all: the last one must go through the model to give logits.
    mutating func reuse(for prompt: [Int32]) -> Int {
        let common = zip(tokens, prompt).prefix(while: ==).count
        let reused = min(common, prompt.count - 1)
        truncate(to: reused)
        return reused
    }

    /// Forgets every token from position `count` on.
    mutating func truncate(to count: Int) {
        tokens.removeSubrange(count...)
        session.truncate(to: count)
    }

    /// Cuts the rest of a prompt into chunks that the session takes in one pass each.
    func chunks(of prompt: ArraySlice<Int32>) -> [ArraySlice<Int32>] {
        stride(from: prompt.startIndex, to: prompt.endIndex, by: session.chunkLength).map {
            prompt[$0..<min($0 + session.chunkLength, prompt.endIndex)]
        }
    }

    /// Runs tokens through the model, routed by a capacity and a policy; returns the routing trace of each.
    ///
    /// - Throws: `EngineError.model` when the forward pass fails; the context is then as it was.
    mutating func forward(
        _ chunk: ArraySlice<Int32>, by setting: RoutingSetting, logits: ModelSession.LogitRows
    ) throws(EngineError) -> [TokenRouting] {
        session.capacity = setting.capacity
        session.policy = setting.policy
        do {
            try session.forward(chunk, logits: logits)
        } catch {
            session.truncate(to: tokens.count)
            throw .model(error)
        }
        tokens += chunk
        return chunk.indices.map { session.routing(row: $0 - chunk.startIndex) }
    }

    /// [tokens in common][blocks]: the grades of the tokens in the KV cache, as far as they are the same as some tokens
    /// from the beginning of a context on.
    func grades(sharedWith others: [Int32]) -> [[Grade]] {
        (0..<zip(tokens, others).prefix(while: ==).count).map { session.grades(position: $0) }
    }

    /// A context of its own on the same model and threads, without tokens; the two must not compute at once.
    ///
    /// - Throws: `EngineError.model` where the system refuses memory.
    func beside() throws(EngineError) -> ReplayContext {
        do {
            return ReplayContext(try ModelSession(beside: session))
        } catch {
            throw .model(error)
        }
    }

    /// Shows a sampler the logits after one token of the last chunk: number `row` of the tokens that were to get them.
    func withLogits<R>(
        row: Int = 0, _ body: (UnsafeBufferPointer<Float>) throws(EngineError) -> R
    ) throws(EngineError) -> R {
        try session.withLogits(row: row) { logits in
            Result { () throws(EngineError) in try body(logits) }
        }.get()
    }
}
