import Foundation
import Tokenization

/// Texts that come from files and pipes, and are not trusted.
enum InputText {
    /// The longest text that is read, in bytes: more than any context holds.
    static let longest = 16 << 20

    /// The text of a file, or, for “-”, of standard input.
    ///
    /// - Throws: a `Failure` of kind `inputText` for what cannot be read, is too long to be one, or is not UTF-8.
    static func read(_ path: String) throws(Failure) -> String {
        let name = path == "-" ? "Standard input" : path
        if path == "-", isatty(STDIN_FILENO) == 1 { Output.note("Type the text, then Ctrl-D.") }
        let handle = path == "-" ? FileHandle.standardInput : FileHandle(forReadingAtPath: path)
        // One byte more than allowed tells a longer text without reading all of it.
        guard let handle, let data = try? handle.read(upToCount: longest + 1) ?? Data() else {
            throw Failure(.inputText, "\(name) cannot be read.")
        }
        guard data.count <= longest else { throw Failure(.inputText, "\(name) is over \(longest) bytes.") }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw Failure(.inputText, "\(name) is not UTF-8. Convert it first, for example with iconv.")
        }
        return text
    }

    /// The tokens of a text as a document, after the token that opens one.
    ///
    /// - Parameter limit: the most tokens there is room for.
    /// - Throws: a `Failure` of kind `inputText` for a text without tokens or with more than `limit`; of one that is
    ///   far longer before it is taken apart.
    static func tokens(
        of text: String, _ tokenizer: Tokenizer, limit: Int
    ) throws(Failure) -> [Int32] {
        let opening = tokenizer.startOfText.map { [$0] } ?? []
        let least = opening.count + tokenizer.leastTokens(in: text)
        guard least <= limit else { throw tooLong("at least \(least)", limit) }
        let tokens = tokenizer.encode(text)
        guard !tokens.isEmpty else { throw Failure(.inputText, "The text is empty.") }
        guard opening.count + tokens.count <= limit else {
            throw tooLong("\(opening.count + tokens.count)", limit)
        }
        return opening + tokens
    }

    private static func tooLong(_ tokens: String, _ limit: Int) -> Failure {
        Failure(
            .inputText,
            "The text has \(tokens) tokens, and the context room for \(limit). Shorten it, or give a longer --context."
        )
    }
}
