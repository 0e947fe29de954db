import ArgumentParser
import ChatInterface
import ChatRuntime
import ConversationStore
import Conversations
import Foundation
import InferenceEngine
import Logging
import MoDModel
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

    @Option(name: .shortAndLong, help: "The capacity ratio to start with, 0…1. [default: the model's]")
    var capacity: Capacity?

    @Option(help: "What the model is told first. [default: the model's own system prompt]")
    var system: String?

    @Flag(name: .customLong("continue"), help: "Go on with the last conversation.")
    var continues = false

    @Option(help: "Go on with this conversation; `fathom history` lists them.")
    var conversation: Int64?

    @Flag(help: "Keep nothing of this chat.")
    var noSave = false

    func validate() throws {
        if continues || conversation != nil {
            if continues, conversation != nil {
                throw ValidationError("Give --continue or --conversation, not both.")
            }
            if noSave {
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
            let logger = LogFile.logger()
            let summaries = try self.summaries.open()
            let store = noSave ? nil : try ConversationStore()
            let earlier = try await earlierConversation(in: store)
            let (model, tokenizer) = try self.model.open()
            let policy = try routing.policy(for: model.description)
            let speculation = try drafts.speculation(for: model.description)
            let session = try self.model.session(model)
            let engine = try InferenceEngine(
                session: session, tokenizer: tokenizer, speculation: speculation, logger: logger)
            var description = model.description
            description.contextLength = engine.contextLength
            var events: [ChatEvent] = []
            if let earlier, let store {
                let (conversation, traces) = try await ChatArchive.restore(earlier, from: store)
                let tokens = await engine.contextTokens(
                    of: conversation, maximumTokens: sampling.options.maximumTokens)
                events = [.restored(conversation, traces: traces, contextTokens: tokens)]
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
            let terminal = try Terminal(reportsMouse: true) { inbox.post(.terminal($0, at: inbox.now)) }
            defer { terminal.close() }
            let state = ChatState(
                model: description, size: terminal.size, start: .now,
                appearance: Appearance(glyphs: terminal.glyphs, colors: terminal.colorDepth),
                sampling: sampling.options, systemPrompt: system, capacity: capacity, policy: policy)
            let untold = await ChatRuntime(
                screen: terminal, inbox: inbox, engine: engine, archive: archive, logger: logger, state: state
            ) { event in
                try summaries?.append(event)
            }
            .run(beginningWith: events)
            terminal.close()
            for notice in untold { Output.note("fathom: \(notice.text)") }
        }
    }

    private nonisolated(nonsending) func earlierConversation(
        in store: ConversationStore?
    ) async throws -> StoredConversation.ID? {
        if let conversation { return conversation }
        return continues ? try await store?.latest()?.id : nil
    }
}
