import Foundation
public import Tokenization

/// Chats to fit routers and thresholds on, tokenised as the model sees them.
public struct ChatCorpus: Sendable {
    /// One sequence of tokens for each chat.
    public let sequences: [[Int32]]

    /// Tokens in all.
    public var tokenCount: Int { sequences.reduce(0) { $0 + $1.count } }

    /// Reads a file with one chat a line: {"messages": [{"role": "user", "content": "…"}, …]}.
    ///
    /// Empty lines are passed over.
    ///
    /// - Parameters:
    ///   - maximumLength: chats are cut to this many tokens.
    ///   - maximumTokens: reading stops once the corpus has this many.
    /// - Throws: `WorkshopError.text` naming the line at fault.
    public init(
        path: String, template: ChatTemplate, maximumLength: Int, maximumTokens: Int
    ) throws(WorkshopError) {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw .text(path: path, reason: "cannot be read. Give another file with --text.")
        }
        var sequences: [[Int32]] = []
        var count = 0
        let lines = data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() where count < maximumTokens {
            if line.allSatisfy({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\r") }) { continue }
            guard let chat = try? JSONDecoder().decode(Chat.self, from: line), !chat.messages.isEmpty else {
                let shape = #"{"messages": [{"role": "user", "content": "…"}]}"#
                throw .text(
                    path: path, reason: "line \(index + 1) is not a chat. Each line must read \(shape).")
            }
            let tokens = template.tokens(for: chat.messages.map(\.message), addingGenerationPrompt: false)
            sequences.append(Array(tokens.prefix(maximumLength)))
            count += min(tokens.count, maximumLength)
        }
        guard count > 0 else {
            throw .text(path: path, reason: "holds no chats. Give another file with --text.")
        }
        self.sequences = sequences
    }

    /// Chats that are tokens already.
    package init(sequences: [[Int32]]) {
        self.sequences = sequences
    }

    /// Parts the corpus into consecutive ones of at least so many tokens each, and leaves out what remains.
    /// Chats stay whole; where there are too few, the later parts begin again from the front, and no part has
    /// a chat twice.
    package func parts(ofTokens counts: [Int]) -> [ChatCorpus] {
        var next = 0
        return counts.map { wanted in
            var part: [[Int32]] = []
            var count = 0
            while count < wanted, part.count < sequences.count {
                part.append(sequences[next % sequences.count])
                count += sequences[next % sequences.count].count
                next += 1
            }
            return ChatCorpus(sequences: part)
        }
    }

    private struct Chat: Decodable {
        struct Turn: Decodable {
            enum Role: String, Decodable { case system, user, assistant }
            let role: Role
            let content: String

            var message: ChatMessage {
                switch role {
                case .system: ChatMessage(role: .system, content: content)
                case .user: ChatMessage(role: .user, content: content)
                case .assistant: ChatMessage(role: .assistant, content: content)
                }
            }
        }
        let messages: [Turn]
    }
}
