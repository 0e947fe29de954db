public import Logging
import MoDModel
import Tokenization

extension InferenceEngine {
    /// Opens a model file, for a split model its first shard, with its tokenizer and its chat template.
    ///
    /// - Parameters:
    ///   - contextLength: tokens of the context, at most (and by default) what the model was trained for.
    ///   - threadCount: compute threads, by default one for each core there is to use, up to eight.
    ///   - speculation: how to draft replies; by default by prompt lookup.
    ///   - logger: is told of starts, ends, timings and dropped messages, never of what is said.
    /// - Throws: `ModelError` for a file that is no model this engine runs, and where the system refuses memory or
    ///   threads; `GGUFError` or `TokenizerError` for a tokenizer or a chat template that it does not know.
    public init(
        contentsOf path: String, contextLength: Int? = nil, threadCount: Int? = nil,
        speculation: Speculation = Speculation(),
        logger: Logger = Logger(label: "fathom.engine") { _ in SwiftLogNoOpLogHandler() }
    ) throws {
        let model = try MoDModel(contentsOf: path)
        let session = try ModelSession(model: model, contextLength: contextLength, threadCount: threadCount)
        try self.init(
            session: session, tokenizer: Tokenizer(file: model.file), speculation: speculation, logger: logger
        )
    }
}
