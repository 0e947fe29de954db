import ArgumentParser
import ConversationStore
import Conversations
import Foundation
import Transcripts

struct ExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write a conversation to a file, or to standard output.",
        discussion: """
            markdown and html hold the branch that is being read; json holds all branches, and `fathom import` reads it.
            """)

    @Argument(help: "Its number, as `fathom history` lists it. [default: the newest]")
    var conversation: Int64?

    @Option(help: "How it is written. [default: by the ending of --output, or markdown]")
    var format: TranscriptFormat?

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "The file, in place of which it is put. [default: standard output]", valueName: "file"),
        completion: .file(extensions: ["md", "json", "html"]))
    var output: String?

    func run() async throws {
        try await Failure.reporting {
            let store = try ConversationStore.forReading()
            let newest = conversation == nil ? try await store.latest()?.id : conversation
            guard let newest else { throw Failure(.inputText, "There are no conversations yet.") }
            let (stored, conversation) = try await store.load(newest)
            let text =
                switch format ?? output.flatMap(TranscriptFormat.init(ending:)) ?? .markdown {
                case .markdown: MarkdownTranscript.text(of: conversation, modelName: stored.modelName)
                case .html:
                    HTMLTranscript.text(of: conversation, modelName: stored.modelName, title: stored.title)
                case .json:
                    ConversationDocument(
                        conversation, title: stored.title, modelName: stored.modelName,
                        created: stored.createdAt, updated: stored.updatedAt
                    ).json + "\n"
                }
            try write(text)
        }
    }

    private func write(_ text: String) throws {
        guard let output else { return try Output.write(text) }
        try OutputFile(output, isPrivate: true).write(Data(text.utf8))
    }
}

/// How a conversation is written.
enum TranscriptFormat: String, CaseIterable, ExpressibleByArgument {
    /// For people, in any editor.
    case markdown
    /// For programs, and for `fathom import`.
    case json
    /// For people, in a browser.
    case html

    /// The format that the ending of a path tells of; nil where it tells of none.
    init?(ending path: String) {
        switch URL(fileURLWithPath: path).pathExtension.lowercased() {
        case "md", "markdown": self = .markdown
        case "json": self = .json
        case "html", "htm": self = .html
        default: return nil
        }
    }
}
