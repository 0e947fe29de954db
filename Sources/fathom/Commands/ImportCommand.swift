import ArgumentParser
import ConversationStore
import Conversations
import Transcripts

struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Keep a conversation that was written by `fathom export --format json`; print its number.")

    @Argument(
        help: "The file; “-” is standard input.", completion: .file(extensions: ["json"]))
    var file: String

    func run() async throws {
        try await Failure.reporting {
            let text =
                file == "-"
                ? try TextInput.standardInput(limit: Self.longest)
                : try TextInput.file(file, limit: Self.longest)
            let document: ConversationDocument
            do {
                document = try ConversationDocument(json: text)
            } catch {
                throw Failure(.inputText, "\(file == "-" ? "Standard input" : file): \(error)")
            }
            let stored = try await ConversationStore().create(
                document.conversation, modelName: document.modelName)
            try Output.print("\(stored.id)")
        }
    }

    /// The longest document that is read, in bytes.
    private static let longest = 256 << 20
}
