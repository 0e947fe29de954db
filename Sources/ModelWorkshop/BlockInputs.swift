import GGUF
import MoDModel

/// What routers and stand-ins read of a token: the residual that enters a block, normed as attention has it.
struct BlockInputs {
    /// Some of the model's blocks.
    let blocks: [Int]
    private let epsilon: Float
    /// [blocks][embedding].
    private let norms: [[Float]]

    /// Throws `WorkshopError.model` where a block has no norm.
    init(model: MoDModel, blocks: [Int]) throws(WorkshopError) {
        self.blocks = blocks
        epsilon = model.configuration.normEpsilon
        do {
            norms = try blocks.map { (block) throws(GGUFError) in
                try model.file.tensor(BlockTensor.attentionNorm.name(block: block)).floats()
            }
        } catch {
            throw .model(.file(error))
        }
    }

    /// The normed residual x, [embedding], for a block by its index among `blocks`.
    func normed(_ x: UnsafeBufferPointer<Float>, index: Int) -> [Float] {
        let square = x.reduce(Float(0)) { $0 + $1 * $1 }
        let inverse = 1 / (square / Float(x.count) + epsilon).squareRoot()
        return zip(x, norms[index]).map { $0 * inverse * $1 }
    }

    /// Runs a corpus through a session and shows what goes into each of the blocks and what comes out of it, for all
    /// tokens but those that all texts begin with and anchors, which are of another kind and go in full in any case.
    ///
    /// - Parameters:
    ///   - progress: is told how much is done, 0…1.
    ///   - body: is given a block's index among `blocks` and, chunk by chunk, the residuals before the block and after
    ///     it, [embedding] for each token.
    /// - Throws: `WorkshopError.model` for a token that is not in the vocabulary.
    func observe(
        _ session: ModelSession, running corpus: ChatCorpus, progress: (Double) -> Void,
        _ body: (
            _ index: Int, _ tokens: [(before: UnsafeBufferPointer<Float>, after: UnsafeBufferPointer<Float>)]
        ) -> Void
    ) throws(WorkshopError) {
        let embedding = session.model.configuration.embeddingLength
        let firstToken = max(ModelConverter.anchorTokens, corpus.commonLength)
        var chunk = 0..<0
        defer { session.blockObserver = nil }
        try withoutActuallyEscaping(body) { (body) throws(WorkshopError) in
            session.blockObserver = { block, before, after in
                guard let index = blocks.firstIndex(of: block) else { return }
                func row(_ residuals: UnsafePointer<Float>, _ token: Int) -> UnsafeBufferPointer<Float> {
                    UnsafeBufferPointer(
                        start: residuals + (token - chunk.lowerBound) * embedding, count: embedding)
                }
                body(
                    index,
                    chunk.filter { $0 >= firstToken }.map {
                        (row(before, $0), row(after, $0))
                    })
            }
            defer { session.blockObserver = nil }
            var done = 0
            try session.run(corpus) {
                progress(Double(done) / Double(corpus.tokenCount))
                chunk = $0
                done += chunk.count
            }
        }
    }
}
