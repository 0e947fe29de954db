import ArgumentParser
import GGUF
import InferenceEngine
import MoDModel
import Settings
import Tokenization

/// Which model, and how much of the machine it may use.
struct ModelOptions: ParsableArguments {
    @Option(name: .shortAndLong, help: ArgumentHelp(.model), completion: .model)
    var model: String?

    @OptionGroup var threads: ThreadsOption

    @Option(help: ArgumentHelp(.context))
    var context: Int?

    func validate() throws {
        try Setting.context.check(context)
    }

    /// Opens the model and its tokenizer.
    func open(_ settings: Settings) throws -> (model: MoDModel, tokenizer: Tokenizer) {
        try Self.open(ModelLocator.model(model, settings))
    }

    /// Opens a model file and its tokenizer.
    static func open(_ path: String) throws -> (model: MoDModel, tokenizer: Tokenizer) {
        let file = try GGUFFile(path: path)
        return (try MoDModel(file: file), try Tokenizer(file: file))
    }

    /// A session on a model, with the threads and the context asked for.
    func session(_ model: MoDModel, _ settings: Settings) throws(ModelError) -> ModelSession {
        try ModelSession(
            model: model, contextLength: context ?? settings.integer(.context),
            threadCount: threads.count(settings))
    }
}

extension CompletionKind {
    /// Files that may be models.
    static var model: CompletionKind { .file(extensions: ["gguf"]) }
    /// Files of chats and texts, one JSON object a line.
    static var chats: CompletionKind { .file(extensions: ["jsonl"]) }
}
