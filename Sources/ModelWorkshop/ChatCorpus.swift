import Foundation
public import Tokenization

/// Chats, and texts that are none, to fit routers and thresholds on or to score, tokenised as the model sees them.
public struct ChatCorpus: Sendable {
    /// The tokens of each chat or text. Of a chat the replies count, the token that ends one included; of a text all
    /// does.
    public let chats: [ScoredText]

    /// What errors call it: the file's path.
    private let name: String

    /// One sequence of tokens for each chat.
    public var sequences: [[Int32]] { chats.map(\.tokens) }

    /// Tokens in all.
    public var tokenCount: Int { chats.reduce(0) { $0 + $1.tokens.count } }

    /// Tokens with which every text begins, such as a template's system message; 0 where there is only one text. What
    /// is the same in every text is learnt by heart, and would count for much more than it says of any other text.
    var commonLength: Int {
        guard let first = chats.first?.tokens, chats.count > 1 else { return 0 }
        return chats.reduce(first.count) { length, chat in
            zip(first.prefix(length), chat.tokens).prefix { $0 == $1 }.count
        }
    }

    /// Reads a file with one chat a line, {"messages": [{"role": "user", "content": "…"}, …]}, or one text,
    /// {"text": "…"}.
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
        var chats: [ScoredText] = []
        var count = 0
        for (number, line) in try Self.lines(of: path) where count < maximumTokens {
            guard let text = (try? JSONDecoder().decode(Line.self, from: line))?.text(template) else {
                throw Self.noChat(path, line: number)
            }
            let kept = text.prefix(maximumLength)
            chats.append(kept)
            count += kept.tokens.count
        }
        guard count > 0 else {
            throw .text(path: path, reason: "holds no chats; give another file.")
        }
        self.init(chats: chats, name: path)
    }

    /// Lays out conversations; in each what the assistant says counts.
    ///
    /// - Parameters:
    ///   - maximumLength: they are cut to this many tokens.
    ///   - name: what errors call them.
    public init(conversations: [[ChatMessage]], template: ChatTemplate, maximumLength: Int, name: String) {
        let chats = conversations.map { Self.text(of: $0, template).prefix(maximumLength) }
        self.init(chats: chats, name: name)
    }

    /// What the user says first in each chat of a file, texts that are no chats left out.
    ///
    /// - Throws: `WorkshopError.text` naming the line at fault.
    public static func requests(in path: String) throws(WorkshopError) -> [String] {
        var requests: [String] = []
        for (number, bytes) in try lines(of: path) {
            guard let line = try? JSONDecoder().decode(Line.self, from: bytes) else {
                throw noChat(path, line: number)
            }
            if let request = line.messages?.first(where: { $0.role == .user }) {
                requests.append(request.content)
            }
        }
        return requests
    }

    /// The lines of a file that are not empty, with their numbers.
    private static func lines(of path: String) throws(WorkshopError) -> [(number: Int, bytes: Data)] {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw .text(path: path, reason: "cannot be read; give another file.")
        }
        let blanks: Set = [UInt8(ascii: " "), UInt8(ascii: "\r")]
        return data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated()
            .filter { !$0.element.allSatisfy(blanks.contains) }.map { ($0.offset + 1, $0.element) }
    }

    private static func noChat(_ path: String, line: Int) -> WorkshopError {
        let chat = #"{"messages": [{"role": "user", "content": "…"}]}"#
        let text = #"{"text": "…"}"#
        return .text(path: path, reason: "line \(line) is not a chat, \(chat), and not a text, \(text).")
    }

    /// Chats that are tokens already.
    ///
    /// - Parameter name: what errors call them.
    package init(chats: [ScoredText], name: String = "The text") {
        self.chats = chats
        self.name = name
    }

    /// Sees to it that there are scores to fit routers to or to read thresholds off: tokens that are no anchors.
    ///
    /// - Throws: `WorkshopError.text` where no text is longer than the anchors.
    func checkLength(anchors: Int) throws(WorkshopError) {
        guard !chats.contains(where: { $0.tokens.count > anchors }) else { return }
        throw .text(
            path: name,
            reason: """
                has no text of more than \(anchors) tokens, and the first \(anchors) go in full whatever their score; \
                give longer texts.
                """)
    }

    /// A chat in the template; what the assistant says counts.
    fileprivate static func text(of messages: [ChatMessage], _ template: ChatTemplate) -> ScoredText {
        let arranged = template.arranged(messages)
        var tokens = template.opening(of: messages)
        var counts = tokens.map { _ in false }
        let closing = template.closing(after: template.endOfTurn).count
        for (message, own) in zip(arranged, template.tokensOfMessages(in: arranged)) {
            let (start, end) = (template.generationPrompt.count, own.count - closing)
            counts += own.indices.map { message.role == .assistant && start <= $0 && $0 < end }
            tokens += own
        }
        return ScoredText(tokens, counts: counts)
    }

    /// Parts the corpus into consecutive ones of at least so many tokens each, and leaves out what remains.
    /// Chats stay whole; where there are too few, the later parts begin again from the front, and no part has
    /// a chat twice.
    package func parts(ofTokens counts: [Int]) -> [ChatCorpus] {
        var next = 0
        return counts.map { wanted in
            var part: [ScoredText] = []
            var count = 0
            while count < wanted, part.count < chats.count {
                part.append(chats[next % chats.count])
                count += chats[next % chats.count].tokens.count
                next += 1
            }
            return ChatCorpus(chats: part, name: name)
        }
    }

    private struct Line: Decodable {
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
        let messages: [Turn]?
        let text: String?

        /// nil unless it is a chat or a text, and not empty.
        func text(_ template: ChatTemplate) -> ScoredText? {
            switch (messages, text) {
            case (let messages?, nil) where !messages.isEmpty:
                ChatCorpus.text(of: messages.map(\.message), template)
            case (nil, let text?) where !text.isEmpty:
                ScoredText(template.tokens(forText: text))
            default: nil
            }
        }
    }
}
