import ArgumentParser
import GGUF
import MoDModel
import Tokenization

/// Which model, and how much of the machine it may use.
struct ModelOptions: ParsableArguments {
    @Option(name: .shortAndLong, help: "The model, a GGUF file. [default: the one that comes with fathom]")
    var model: String?

    @Option(name: .shortAndLong, help: "Compute threads. [default: one a core, at most 8]")
    var threads: Int?

    @Option(help: "Tokens of context to make room for. [default: what the model was trained for]")
    var context: Int?

    func validate() throws {
        if let threads, !(1...256).contains(threads) {
            throw ValidationError("--threads is \(threads); give 1 to 256.")
        }
        if let context, context < 16 {
            throw ValidationError("--context is \(context); give at least 16 tokens.")
        }
    }

    /// Opens the model and its tokenizer.
    func open() throws -> (model: MoDModel, tokenizer: Tokenizer) {
        try Self.open(ModelLocator.model(model))
    }

    /// Opens a model file and its tokenizer.
    static func open(_ path: String) throws -> (model: MoDModel, tokenizer: Tokenizer) {
        let file = try GGUFFile(path: path)
        return (try MoDModel(file: file), try Tokenizer(file: file))
    }

    /// A session on a model, with the threads and the context asked for.
    func session(_ model: MoDModel) throws(ModelError) -> ModelSession {
        try ModelSession(model: model, contextLength: context, threadCount: threads)
    }
}
