import ChatInterface
import Foundation

/// Writes a transcript where the user asks for it.
enum TranscriptFile {
    /// Writes to `path`, or to a file named after the present time in the current folder, which nobody else may read.
    /// An existing file is never overwritten.
    static func write(_ text: String, to path: String?) -> Notice {
        let chosen = path.map { NSString(string: $0).expandingTildeInPath } ?? defaultName()
        var status = stat()
        if stat(chosen, &status) == 0 {
            let what = status.st_mode & S_IFMT == S_IFDIR ? "is a folder" : "exists already"
            return Notice(.warning, "\(chosen) \(what). Name another file: /save FILE")
        }
        let descriptor = open(chosen, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return refusal(chosen, errno) }
        defer { close(descriptor) }
        do {
            try FileHandle(fileDescriptor: descriptor).write(contentsOf: Data(text.utf8))
        } catch {
            let code = errno
            unlink(chosen)
            return refusal(chosen, code)
        }
        return Notice(.info, "Saved to \(chosen)")
    }

    private static func refusal(_ path: String, _ code: Int32) -> Notice {
        let reason = String(cString: strerror(code))
        return Notice(.warning, "\(path) cannot be written: \(reason). Name another file: /save FILE")
    }

    private static func defaultName() -> String {
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.dateFormat = "yyyyMMdd-HHmmss"
        return "fathom-\(format.string(from: Date())).md"
    }
}
