import ArgumentParser
import Conversations
import Foundation
import InferenceEngine
import MoDModel

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Answer one prompt on standard output.",
        discussion: """
            Without a prompt, or with “-” at its end, standard input is read, too; so is what is piped in beside a prompt, \
            up to its end: cat file | fathom run "Summarise". A prompt that begins with a dash goes after “--”.
            """)

    @Argument(help: "What to ask.")
    var prompt: [String] = []

    @OptionGroup var model: ModelOptions
    @OptionGroup var sampling: SamplingArguments
    @OptionGroup var routing: PolicyArguments
    @OptionGroup var drafts: SpeculationArguments
    @OptionGroup var summaries: SummaryArguments

    @Option(name: .shortAndLong, help: "The capacity ratio, 0…1. [default: the model's]")
    var capacity: Capacity?

    @Option(help: "The system prompt. [default: the model's]")
    var system: String?

    @Flag(help: "One JSON object a token, with its routing, instead of plain text.")
    var json = false

    func run() async throws {
        try await Failure.reporting([.threads, .context]) {
            let prompt = try readPrompt()
            guard !prompt.isEmpty else { throw Failure(.inputText, "The prompt is empty.") }
            let summaries = try self.summaries.open()
            let (model, tokenizer) = try self.model.open()
            let session = try self.model.session(model)
            if let capacity { session.capacity = capacity }
            session.policy = try routing.policy(for: model.description)
            let speculation = try drafts.speculation(for: model.description)
            if let drafted = speculation.selfSpeculation?.draftCapacity, drafted >= session.capacity {
                let (low, high) = (drafted.value, session.capacity.value)
                throw ValidationError(
                    "--draft-capacity is \(low), the capacity asked for \(high); give a lower one for drafts."
                )
            }
            let engine = try InferenceEngine(session: session, tokenizer: tokenizer, speculation: speculation)
            var conversation = Conversation(systemPrompt: system)
            conversation.append(.user, prompt, date: .now)
            var printer = ReplyPrinter(asJSON: json, hasThinPath: model.description.weights.hasThinPath)
            for await event in engine.generate(conversation, sampling: sampling.options) {
                try printer.show(event)
                try summaries?.append(event)
            }
        }
    }

    private func readPrompt() throws -> String {
        let asksForInput = prompt.isEmpty || prompt.last == "-"
        let asked = (prompt.last == "-" ? prompt.dropLast() : prompt[...]).joined(separator: " ")
        // What is typed, and what is no file or pipe, is read only where it is asked for.
        guard asksForInput || Self.isPiped else { return asked }
        let given = try InputText.read("-").trimmingCharacters(in: .newlines)
        return [asked, given].filter { !$0.isEmpty }.joined(separator: "\n\n")
    }

    /// Whether standard input is a file or a pipe.
    private static var isPiped: Bool {
        var status = stat()
        guard fstat(STDIN_FILENO, &status) == 0 else { return false }
        return [S_IFREG, S_IFIFO, S_IFSOCK].contains(status.st_mode & S_IFMT)
    }
}
