import Foundation
import Testing

extension Tmux {
    /// Starts a chat and waits until it can be written in.
    ///
    /// - Parameters:
    ///   - arguments: further arguments, as the shell reads them.
    ///   - maximumTokens: where replies end; without it they are stopped or fill the context.
    ///   - model: the path of the model.
    /// - Returns: the process, to be sent signals.
    @discardableResult
    func startChat(_ arguments: String = "", maximumTokens: Int = 1_000_000, model: String) async throws
        -> pid_t
    {
        let file = home.scratch.appending(path: "\(UUID().uuidString).pid")
        let command =
            "'\(try Program.built())' chat --temperature 0 --max-tokens \(maximumTokens) --threads 1 "
            + "--model '\(model)' \(arguments)"
        // Whatever a screen left of the shell's lines would look like a chat that has ended.
        try await enter("clear; sh -c 'echo $$ >\(file.path); exec \(command.replacing("'", with: "\""))'")
        try await wait(for: "the chat") { $0.isChat }
        return try #require(
            pid_t(String(contentsOf: file, encoding: .utf8).trimmingCharacters(in: .newlines)))
    }

    /// Starts a command of fathom's with the model at a path; `ending` is what the shell's line ends with.
    func run(_ command: String, model: String, ending: String = "") async throws {
        try await enter(
            "clear; '\(try Program.built())' \(command) --temperature 0 --threads 1 --model '\(model)' \(ending)"
        )
    }

    /// Asks, and waits until an answer has begun.
    @discardableResult
    func ask(_ question: String) async throws -> Screen {
        try await enter(question)
        // A quick reply has scrolled the question away before anybody looks.
        return try await wait(for: "a reply") {
            ($0.hasQuestion(question) || $0.isReplying) && $0.real != nil
        }
    }

    /// Waits until no reply is coming.
    @discardableResult
    func waitForReplyToEnd() async throws -> Screen {
        try await wait(for: "the end of the reply") { $0.isChat && !$0.isReplying }
    }

    /// Leaves and waits for the shell.
    @discardableResult
    func leaveChat() async throws -> Screen {
        try await press("C-c", "C-c")
        return try await waitForShell()
    }

    /// Waits until the shell has the terminal back.
    @discardableResult
    func waitForShell() async throws -> Screen {
        try await wait(for: "the shell") {
            !$0.isChat && $0.lines.last { !$0.isEmpty }?.hasSuffix(Tmux.prompt) == true
        }
    }
}

extension Screen {
    /// Whether this has been asked: it stands in the chat, not in the composer. Only where labels stand to the left.
    func hasQuestion(_ question: String) -> Bool {
        lines.contains { line in
            line.firstMatch(of: /^[│|] you +/).map { line[$0.range.upperBound...].hasPrefix(question) }
                == true
        }
    }

    /// Whether fathom has the screen.
    var isChat: Bool { asked != nil && contains(" help") }

    /// Whether a reply is coming: the key bar offers to stop it.
    var isReplying: Bool { contains("^C stop") || contains("▌") }

    /// What the newest message says, its lines joined: `label` is its label. Only where labels stand to the left.
    func message(of label: String) -> String? {
        let chat = lines.compactMap { $0.firstMatch(of: /^[│|] (.*?) [│|]/).map { String($0.1) } }
        guard let start = chat.lastIndex(where: { $0.hasPrefix("\(label) ") }) else { return nil }
        let end = chat[start...].firstIndex { $0.allSatisfy { $0 == " " } } ?? chat.endIndex
        return chat[start..<end].map {
            String($0.dropFirst(label.count + 1)).trimmingCharacters(in: .whitespaces)
        }
        .joined(separator: " ")
    }
}
