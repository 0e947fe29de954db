import Foundation
import TerminalKit

/// Standard output and error, written at once.
enum Output {
    /// Whether standard output is a terminal, which obeys what is in a text.
    static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

    /// Writes a line for people to read to standard output. Nothing in it works as an escape sequence: names in it may
    /// come from a file.
    ///
    /// - Throws: a `Failure` of kind `cannotWrite` when standard output takes no more. (Where its reader has left, as
    ///   when piped into `head`, SIGPIPE ends the program before.)
    static func print(_ line: String) throws(Failure) {
        try write(TextSanitizer.sanitized(line) + "\n")
    }

    /// Writes a line for programs to read, a path or JSON, to standard output: as it is, but on a terminal made
    /// harmless.
    ///
    /// - Throws: a `Failure` of kind `cannotWrite` when standard output takes no more.
    static func printData(_ line: String) throws(Failure) {
        try write((isTerminal ? TextSanitizer.sanitized(line) : line) + "\n")
    }

    /// Writes text to standard output as it is.
    ///
    /// - Throws: a `Failure` of kind `cannotWrite` when standard output takes no more.
    static func write(_ text: String) throws(Failure) {
        do {
            try FileHandle.standardOutput.write(contentsOf: Data(text.utf8))
        } catch {
            throw Failure(.cannotWrite, "Standard output cannot be written: \(reason(error))")
        }
    }

    /// Writes a line to standard error, where that takes it. Nothing in it works as an escape sequence.
    static func note(_ text: String) {
        try? FileHandle.standardError.write(contentsOf: Data((TextSanitizer.sanitized(text) + "\n").utf8))
    }

    /// Shows a line of progress in place of the last one, on a terminal; does nothing where standard error is none.
    static func progress(_ text: String) {
        guard isatty(STDERR_FILENO) == 1 else { return }
        try? FileHandle.standardError.write(
            contentsOf: Data("\r\u{1B}[K\(TextSanitizer.sanitized(text))".utf8))
    }

    /// Why the system refused something, in its own words.
    static func reason(_ error: any Error) -> String {
        let error = error as NSError
        let cause = (error.userInfo[NSUnderlyingErrorKey] as? any Error).map { $0 as NSError } ?? error
        return cause.domain == NSPOSIXErrorDomain
            ? String(cString: strerror(Int32(cause.code))) : "the system does not say why"
    }
}

extension Double {
    /// The number with a fixed count of decimals, whatever the locale.
    func formatted(decimals: Int) -> String {
        String(format: "%.\(decimals)f", self)
    }
}
