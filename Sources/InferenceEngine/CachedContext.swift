package import MoDModel

/// A model session and the tokens that its KV cache holds.
package struct CachedContext {
    private let session: ModelSession
    /// The tokens in the cache, by position.
    package private(set) var tokens: [Int32] = []

    /// `session` must be new.
    package init(_ session: ModelSession) {
        session.truncate(to: 0)
        self.session = session
    }

    var isFull: Bool {
        tokens.count >= session.contextLength
    }

    /// Forgets what `prompt` does not begin with; returns how many of its tokens need not be computed. Never all:
    /// the last one must go through the model to give logits.
    mutating func reuse(for prompt: [Int32]) -> Int {
        let common = zip(tokens, prompt).prefix(while: ==).count
        let reused = min(common, prompt.count - 1)
        tokens.removeSubrange(reused...)
        session.truncate(to: reused)
        return reused
    }

    /// Cuts the rest of a prompt into the chunks the session takes.
    func chunks(of prompt: ArraySlice<Int32>) -> [ArraySlice<Int32>] {
        stride(from: prompt.startIndex, to: prompt.endIndex, by: session.chunkLength).map {
            prompt[$0..<min($0 + session.chunkLength, prompt.endIndex)]
        }
    }

    /// Runs tokens through the model at a capacity; returns what each of them was routed to.
    mutating func forward(
        _ chunk: ArraySlice<Int32>, at capacity: Capacity, logits: ModelSession.LogitRows
    ) throws(EngineError) -> [TokenRouting] {
        if session.capacity != capacity { session.capacity = capacity }
        do {
            try session.forward(chunk, logits: logits)
        } catch {
            session.truncate(to: tokens.count)
            throw .model(reason: error.description)
        }
        tokens += chunk
        return chunk.indices.map { session.routing(row: $0 - chunk.startIndex) }
    }

    /// Draws from the logits of the last token that asked for them.
    func draw(with sampler: inout Sampler, reply: [Int32]) throws(EngineError) -> Sampler.Draw {
        try session.withLogits(row: 0) { logits in
            Result { () throws(EngineError) in try sampler.draw(from: logits, reply: reply) }
        }.get()
    }
}
