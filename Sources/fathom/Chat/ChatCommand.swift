import ArgumentParser
import ChatInterface
import ConversationStore
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
            let archive = ChatArchive(store: store, modelName: description.name, systemPrompt: system)
            var events: [ChatEvent] = []
            if let earlier {
                let messages = try await archive.resume(earlier)
                let tokens = await engine.contextTokens(
                    of: messages.map(\.message), maximumTokens: sampling.options.maximumTokens)
                events = [.restored(messages, contextTokens: tokens)]
            } else if continues {
                events = [
                    .notice(Notice(.info, "There is no earlier conversation; this is the first."))
                ]
            }
            let terminal = try Terminal()
            defer { terminal.close() }
            let state = ChatState(
                model: description, size: terminal.size,
                appearance: Appearance(glyphs: terminal.glyphs, colors: terminal.colorDepth),
                sampling: sampling.options, systemPrompt: system, capacity: capacity, policy: policy)
            await ChatRuntime(
                terminal: terminal, engine: engine, archive: archive, summaries: summaries, logger: logger,
                state: state
            )
            .run(beginningWith: events)
        }
    }

    private nonisolated(nonsending) func earlierConversation(
        in store: ConversationStore?
    ) async throws -> StoredConversation.ID? {
        if let conversation { return conversation }
        return continues ? try await store?.latest()?.id : nil
    }
}
