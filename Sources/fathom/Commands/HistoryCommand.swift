import ArgumentParser
import ConversationStore
import Conversations
import Foundation
import TerminalKit

struct HistoryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history",
        abstract: "List the conversations that were kept, newest first.",
        discussion: "Go on with one: fathom chat --conversation NUMBER")

    @Argument(help: "Only conversations that contain this text.")
    var text: String?

    @Option(help: "The most conversations to list.")
    var limit = 20

    @Option(help: "Delete the conversation of this number instead.")
    var delete: Int64?

    @Option(help: "Bring back the conversation of this number, which was deleted within a week, instead.")
    var restore: Int64?

    func validate() throws {
        if delete != nil, restore != nil { throw ValidationError("Give --delete or --restore, not both.") }
        guard limit >= 1 else { throw ValidationError("--limit is \(limit); give at least 1.") }
    }

    func run() async throws {
        try await Failure.reporting {
            if let delete {
                try await ConversationStore().delete(delete)
                Output.note("Deleted. For a week it can be brought back: fathom history --restore \(delete)")
                return
            }
            if let restore {
                try await ConversationStore().undelete(restore)
                return
            }
            let store = try ConversationStore.forReading()
            let conversations = try await store.conversations(containing: text, limit: limit)
            if conversations.isEmpty {
                Output.note(
                    text.map { "No conversation contains “\($0)”." } ?? "There are no conversations yet.")
            }
            let format = DateFormatter()
            format.dateFormat = "yyyy-MM-dd HH:mm"
            for conversation in conversations {
                let cells = [
                    "\(conversation.id)".paddedLeft(5),
                    format.string(from: conversation.updatedAt),
                    "\(conversation.messageCount)".paddedLeft(4),
                    (conversation.isPinned ? "* " : "")
                        + TextSanitizer.sanitized(conversation.title, keepingNewlines: false),
                ]
                try Output.print(cells.joined(separator: "  "))
                if let excerpt = conversation.excerpt, excerpt != conversation.title {
                    try Output.print(
                        String(repeating: " ", count: 31)
                            + TextSanitizer.sanitized(excerpt, keepingNewlines: false))
                }
            }
        }
    }
}
