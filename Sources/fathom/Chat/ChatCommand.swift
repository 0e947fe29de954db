import ArgumentParser
import ChatInterface
import ChatRuntime
import ConversationStore
import Conversations
import Foundation
import InferenceEngine
import Logging
import MoDModel
import Settings
import TerminalKit

struct ChatCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "chat",
        abstract: "Chat, with the routing heatmap beside it. (default)",
        discussion: "Press F1 in the chat for the keys.")

    @OptionGroup var model: ModelOptions
    @OptionGroup var sampling: SamplingArguments
    @OptionGroup var routing: PolicyArguments
    @OptionGroup var drafts: SpeculationArguments
    @OptionGroup var summaries: SummaryArguments

    @Option(name: .shortAndLong, help: ArgumentHelp(.capacity))
    var capacity: Capacity?

    @Option(help: ArgumentHelp(.system))
    var system: String?

    @Flag(name: .customLong("continue"), help: "Go on with the last conversation.")
    var continues = false

    @Option(help: "Go on with this conversation; `fathom history` lists them.")
    var conversation: Int64?

    @Flag(
        inversion: .prefixedNo,
        help: ArgumentHelp("Keep what is said. [default: \(Setting.save.defaultText)]"))
    var save: Bool?

    func validate() throws {
        if continues || conversation != nil {
            if continues, conversation != nil {
                throw ValidationError("Give --continue or --conversation, not both.")
            }
            if save == false {
                throw ValidationError("An earlier conversation cannot be continued with --no-save.")
            }
            if system != nil {
                throw ValidationError(
                    "A conversation keeps its own system prompt: leave --system out, and use /system in the chat."
                )
            }
        }
    }

    func run() async throws {
        try await Failure.reporting([.threads, .context, .noSave]) {
            HeapMemory.returnLargePieces()
            // What cannot work is said before the model is loaded and the screen is taken.
            try Terminal.check()
            let settings = try UserSettings.load()
            let logger = LogFile.logger()
            let summaries = try self.summaries.open()
            let store = keeps(settings) ? try ConversationStore() : nil
            let earlier = try await earlierConversation(in: store)
            let (model, tokenizer) = try self.model.open(settings)
            let policy = try routing.policy(for: model.description, settings)
            let speculation = try drafts.speculation(for: model.description, settings)
            let sampling = self.sampling.options(settings)
            let session = try self.model.session(model, settings)
            let engine = try InferenceEngine(
                session: session, tokenizer: tokenizer, speculation: speculation, logger: logger)
            var description = model.description
            description.contextLength = engine.contextLength
            var events: [ChatEvent] = []
            if let earlier, let store {
                let (conversation, traces) = try await ChatArchive.restore(earlier, from: store)
                let tokens = await engine.contextTokens(
                    of: conversation, maximumTokens: sampling.maximumTokens)
                events = [.restored(conversation, as: nil, traces: traces, contextTokens: tokens)]
            } else if continues {
                events = [
                    .notice(Notice(.info, "There is no earlier conversation; this is the first."))
                ]
            }
            // Frames that tokens make are a tenth of a second apart: text that grows so looks as if it flowed, and each
            // frame more takes time from the model.
            let inbox = EventInbox(frameTime: .milliseconds(100))
            let archive = ChatArchive(
                store: store, modelName: description.name, goingOnWith: earlier,
                contextTokens: { await engine.contextTokens(of: $0, maximumTokens: $1) }
            ) { event in
                if case .notice(let notice) = event, notice.level != .info { logger.error("\(notice.text)") }
                inbox.post(event)
            }
            Self.setCharacters(settings)
            let terminal = try Terminal(reportsMouse: settings.flag(.mouse) ?? true) {
                inbox.post(.terminal($0, at: inbox.now))
            }
            defer { terminal.close() }
            let state = ChatState(
                model: description, size: terminal.size, start: .now,
                appearance: Appearance(glyphs: terminal.glyphs, colors: terminal.colorDepth),
                sampling: sampling, systemPrompt: system ?? settings.text(.system),
                capacity: capacity ?? settings.capacity, policy: policy,
                thresholds: engine.thresholds, settings: settings)
            let untold = await ChatRuntime(
                screen: terminal, inbox: inbox, engine: engine, archive: archive, logger: logger, state: state
            ) { event in
                try summaries?.append(event)
            }
            .run(beginningWith: events)
            terminal.close()
            for notice in untold { Output.note("fathom: \(notice.text)") }
            Terminal.endAsAsked()
        }
    }

    /// Whether this chat is kept. Who goes on with an earlier one wants that.
    private func keeps(_ settings: Settings) -> Bool {
        save ?? (continues || conversation != nil || settings.flag(.save) ?? true)
    }

    /// Tells the terminal, which looks in the environment, of the setting for ASCII.
    private static func setCharacters(_ settings: Settings) {
        if settings.flag(.ascii) == true {
            setenv(Setting.ascii.environmentName, "1", 1)
        } else {
            unsetenv(Setting.ascii.environmentName)
        }
    }

    private nonisolated(nonsending) func earlierConversation(
        in store: ConversationStore?
    ) async throws -> StoredConversation.ID? {
        if let conversation { return conversation }
        return continues ? try await store?.latest()?.id : nil
    }
}
