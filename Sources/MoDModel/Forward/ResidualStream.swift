/// The residuals of a chunk's tokens on their way through the model: after the embedding, and after each block.
package struct ResidualStream: Sendable {
    /// Tokens of the chunk.
    package let tokenCount: Int
    /// [blocks + 1][tokens][embedding].
    private var values: [Float] = []
    private let embedding: Int

    fileprivate init(tokenCount: Int, embedding: Int) {
        self.tokenCount = tokenCount
        self.embedding = embedding
    }

    /// How many depths there are: one for the embedding and one for each block.
    package var depthCount: Int { values.count / (tokenCount * embedding) }

    /// The residuals of a token of the chunk at some depths, [depths][embedding]. Depth 0 is the embedding's, depth d
    /// that after d blocks.
    package func rows(token: Int, depths: Range<Int>) -> [Float] {
        depths.flatMap { depth in
            let start = (depth * tokenCount + token) * embedding
            return values[start..<start + embedding]
        }
    }

    fileprivate mutating func append(_ rows: UnsafePointer<Float>) {
        values += UnsafeBufferPointer(start: rows, count: tokenCount * embedding)
    }
}

extension ModelSession {
    /// Runs tokens through the model as `forward` does, with the same results to the last bit, and returns their
    /// residuals. It takes the place of a block observer meanwhile.
    ///
    /// - Throws: what `forward` throws.
    package func forwardKeepingResiduals(
        _ tokens: ArraySlice<Int32>, logits: LogitRows
    ) throws(ModelError) -> ResidualStream {
        final class Kept {
            var stream: ResidualStream
            init(_ stream: ResidualStream) { self.stream = stream }
        }
        let kept = Kept(
            ResidualStream(
                tokenCount: tokens.count, embedding: model.configuration.embeddingLength))
        let observer = blockObserver
        defer { blockObserver = observer }
        blockObserver = { block, before, after in
            if block == 0 { kept.stream.append(before) }
            kept.stream.append(after)
        }
        try forward(tokens, logits: logits)
        return kept.stream
    }
}
