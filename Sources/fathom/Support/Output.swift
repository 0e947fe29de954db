import Foundation

/// Standard output and error, written at once.
enum Output {
    /// Writes to standard output.
    ///
    /// - Throws: a `Failure` of kind `cannotWrite` when standard output takes no more. (Where its reader has left, as
    ///   when piped into `head`, SIGPIPE ends the program before.)
    static func print(_ text: String, terminator: String = "\n") throws(Failure) {
        do {
            try FileHandle.standardOutput.write(contentsOf: Data((text + terminator).utf8))
        } catch {
            throw Failure(.cannotWrite, "Standard output cannot be written: \(reason(error))")
        }
    }

    /// Writes a line to standard error, where that takes it.
    static func note(_ text: String) {
        try? FileHandle.standardError.write(contentsOf: Data((text + "\n").utf8))
    }

    /// Shows a line of progress in place of the last one, on a terminal; does nothing where standard error is none.
    static func progress(_ text: String) {
        guard isatty(STDERR_FILENO) == 1 else { return }
        try? FileHandle.standardError.write(contentsOf: Data("\r\u{1B}[K\(text)".utf8))
    }

    private static func reason(_ error: any Error) -> String {
        let cause = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError ?? error as NSError
        return cause.domain == NSPOSIXErrorDomain ? String(cString: strerror(Int32(cause.code))) : "\(error)"
    }
}

extension Double {
    /// The number with a fixed count of decimals, whatever the locale.
    func formatted(decimals: Int) -> String {
        String(format: "%.\(decimals)f", self)
    }
}
