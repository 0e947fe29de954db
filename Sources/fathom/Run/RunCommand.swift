import ArgumentParser
import Conversations
import Foundation
import InferenceEngine
import MoDModel
import Settings

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Answer one prompt on standard output.",
        discussion: """
            What is piped in follows the prompt: git diff | fathom run "Summarise". Without a prompt, or with “-” as its \
            last word, standard input is read from a terminal, too. A prompt that begins with a dash goes after “--”: \
            fathom run -- "-5 + 3?"
            """)

    @Argument(help: "What to ask.")
    var prompt: [String] = []

    @Option(
        name: .customLong("file"),
        help: ArgumentHelp(
            "A text file, UTF-8, to follow the prompt; may be given more than once.", valueName: "path"),
        completion: .file())
    var files: [String] = []

    @OptionGroup var model: ModelOptions
    @OptionGroup var sampling: SamplingArguments
    @OptionGroup var routing: PolicyArguments
    @OptionGroup var drafts: SpeculationArguments
    @OptionGroup var summaries: SummaryArguments

    @Option(name: .shortAndLong, help: ArgumentHelp(.capacity))
    var capacity: Capacity?

    @Option(help: ArgumentHelp(.system))
    var system: String?

    @Option(
        help: """
            How the reply is written: text, as it is; json, one object a token, with its routing; markdown, below the \
            prompt as a quotation.
            """)
    var format = ReplyFormat.text

    func run() async throws {
        try await Failure.reporting([.threads, .context]) {
            let settings = try UserSettings.load()
            let prompt = try PromptParts(words: self.prompt, files: files).read()
            let summaries = try self.summaries.open()
            let (model, tokenizer) = try self.model.open(settings)
            let session = try self.model.session(model, settings)
            if let capacity = capacity ?? settings.capacity { session.capacity = capacity }
            session.policy = try routing.policy(for: model.description, settings)
            let speculation = try drafts.speculation(for: model.description, settings)
            if drafts.draftTokens != nil, let drafted = speculation.selfSpeculation?.draftCapacity,
                drafted >= session.capacity
            {
                let (low, high) = (drafted.value, session.capacity.value)
                throw ValidationError(
                    "--draft-capacity is \(low), the capacity asked for \(high); give a lower one for drafts."
                )
            }
            let engine = try InferenceEngine(session: session, tokenizer: tokenizer, speculation: speculation)
            var conversation = Conversation(systemPrompt: system ?? settings.text(.system))
            conversation.append(.user, prompt, date: .now)
            var printer = ReplyPrinter(
                format, prompt: prompt, hasThinPath: model.description.weights.hasThinPath)
            for await event in engine.generate(conversation, sampling: sampling.options(settings)) {
                try printer.show(event)
                try summaries?.append(event)
            }
        }
    }
}
