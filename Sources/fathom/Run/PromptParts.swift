import Foundation

/// What is asked on the command line: its words, then files, then standard input, an empty line between them.
struct PromptParts {
    /// The words of the command line; “-” among them asks for standard input.
    let words: [String]
    /// The paths of the files.
    let files: [String]

    /// Reads all parts.
    ///
    /// - Throws: `Failure.inputText` where a part cannot be read or is not UTF-8, all are too long, or nothing is
    ///   asked.
    func read() throws(Failure) -> String {
        var parts = [asked]
        var left = Self.longest
        for file in files {
            let text =
                file == "-"
                ? try TextInput.standardInput(limit: left) : try TextInput.file(file, limit: left)
            left -= text.utf8.count
            parts.append(text.trimmingCharacters(in: .newlines))
        }
        if readsStandardInput {
            if isatty(STDIN_FILENO) == 1 { Output.note("Type the prompt, then Ctrl-D.") }
            parts.append(try TextInput.standardInput(limit: left).trimmingCharacters(in: .newlines))
        }
        let prompt = parts.filter { !$0.isEmpty }.joined(separator: "\n\n")
        guard prompt.contains(where: { !$0.isWhitespace && $0 != "\u{FEFF}" }) else {
            throw Failure(.inputText, "The prompt is empty.")
        }
        return prompt
    }

    /// The longest prompt that is read, in bytes: more than any context holds.
    private static let longest = 16 << 20

    private var asksForInput: Bool { words.contains("-") }

    private var asked: String { words.filter { $0 != "-" }.joined(separator: " ") }

    /// What is typed, and what is no file or pipe, is read only where it is asked for.
    private var readsStandardInput: Bool {
        guard !files.contains("-") else { return false }
        return asksForInput || (words.isEmpty && files.isEmpty) || TextInput.isPiped
    }

    /// The argument among those of `fathom run` that would be taken for flags of one letter each, of which there is
    /// only `-h`: it is a prompt. Nil where none is.
    static func mistakenForFlags(in arguments: some Sequence<String>) -> String? {
        for argument in arguments {
            if argument == "--" { return nil }
            if argument.count > 2, argument.first == "-", argument.dropFirst().first?.isLetter == true {
                return argument
            }
        }
        return nil
    }

    /// The argument that was taken for an option and is a text, by its looks; nil where none is.
    static func mistakenForOption(in arguments: some Sequence<String>) -> String? {
        let option = /--?[A-Za-z][A-Za-z0-9-]*(=.*)?/.dotMatchesNewlines()
        for argument in arguments {
            if argument == "--" { return nil }
            if argument.hasPrefix("-"), argument != "-", argument.wholeMatch(of: option) == nil {
                return argument
            }
        }
        return nil
    }
}
