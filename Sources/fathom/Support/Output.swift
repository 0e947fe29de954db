import Foundation

/// Standard output and error, written at once.
enum Output {
    /// - Throws: `Failure.cannotWrite` when standard output takes no more. (Where its reader has left, as when piped
    ///   into `head`, SIGPIPE ends the program before.)
    static func print(_ text: String, terminator: String = "\n") throws(Failure) {
        do {
            try FileHandle.standardOutput.write(contentsOf: Data((text + terminator).utf8))
        } catch {
            throw Failure(.cannotWrite, "Standard output cannot be written: \(reason(error))")
        }
    }

    /// Says something beside the output. Where nobody can be told, nobody is.
    static func note(_ text: String) {
        try? FileHandle.standardError.write(contentsOf: Data((text + "\n").utf8))
    }

    /// A progress line that replaces itself on a terminal and stays away from files.
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
    /// With a fixed number of decimals, whatever the locale.
    func formatted(decimals: Int) -> String {
        String(format: "%.\(decimals)f", self)
    }
}
