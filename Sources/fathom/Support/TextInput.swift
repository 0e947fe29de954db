import Foundation
import Tokenization

/// Text that comes from outside: from a file, or from standard input.
enum TextInput {
    /// The longest text that is read, in bytes, where nothing else is said: more than any context holds.
    static let longest = 16 << 20

    /// Reads a text file, or, for `-`, standard input.
    ///
    /// - Throws: `Failure.inputText` where it cannot be read, is longer than `longest` or is not UTF-8.
    static func read(_ path: String) throws(Failure) -> String {
        path == "-" ? try standardInput(limit: longest) : try file(path, limit: longest)
    }

    /// Reads a text file.
    ///
    /// - Parameter limit: The most bytes; more are refused, of a regular file before any is read.
    /// - Throws: `Failure.inputText` where the file cannot be read, is longer than that or is not UTF-8.
    static func file(_ path: String, limit: Int) throws(Failure) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw unreadable(path, String(cString: strerror(errno))) }
        return try text(
            of: FileHandle(fileDescriptor: descriptor, closeOnDealloc: true), name: path, limit: limit)
    }

    /// Reads standard input to its end.
    ///
    /// - Parameter limit: The most bytes; more are refused.
    /// - Throws: `Failure.inputText` where it cannot be read, is longer than that or is not UTF-8.
    static func standardInput(limit: Int) throws(Failure) -> String {
        try text(of: .standardInput, name: "Standard input", limit: limit)
    }

    /// Whether standard input is a file or a pipe.
    static var isPiped: Bool {
        var status = stat()
        guard fstat(STDIN_FILENO, &status) == 0 else { return false }
        return [S_IFREG, S_IFIFO, S_IFSOCK].contains(status.st_mode & S_IFMT)
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

    private static func text(of file: FileHandle, name: String, limit: Int) throws(Failure) -> String {
        let tooLong = Failure(
            .inputText, "\(name) is too long: of it, at most \(limit) bytes can be read.")
        var status = stat()
        if fstat(file.fileDescriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
            let position = try? file.offset(), Int(status.st_size) - Int(position) > limit
        {
            throw tooLong
        }
        let data: Data
        do {
            // One byte more than allowed tells a longer input without reading all of it.
            data = try file.read(upToCount: limit + 1) ?? Data()
        } catch {
            throw unreadable(name, Output.reason(error))
        }
        guard data.count <= limit else { throw tooLong }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw Failure(.inputText, "\(name) is not UTF-8. Convert it first, for example with iconv.")
        }
        return text
    }

    private static func unreadable(_ name: String, _ reason: String) -> Failure {
        Failure(.inputText, "\(name) cannot be read: \(reason).")
    }

    private static func tooLong(_ tokens: String, _ limit: Int) -> Failure {
        Failure(
            .inputText,
            "The text has \(tokens) tokens, and the context room for \(limit). Shorten it, or give a longer --context."
        )
    }
}
