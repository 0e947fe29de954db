import Foundation

/// A nameless file that a program has for its standard output or error: nobody needs to read along lest it waits, who
/// else has it open does not matter, and nothing stays behind.
final class NamelessFile {
    /// The file, as the program is given it.
    let handle: FileHandle

    init() throws(BenchmarkError) {
        let folder = FileManager.default.temporaryDirectory.path
        var name = Array("\(folder)/fathom-XXXXXX".utf8CString)
        let descriptor = mkstemp(&name)
        guard descriptor >= 0 else {
            throw .noTemporaryFiles(reason: "\(folder): \(String(cString: strerror(errno)))")
        }
        unlink(name)
        // Other programs started here have no business with it.
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    }

    /// All that the program has said, once it has ended: what is read then is not written on.
    var contents: Data {
        try? handle.seek(toOffset: 0)
        return (try? handle.readToEnd()) ?? Data()
    }

    /// The last thing the program has said; nil where it has said nothing.
    var lastLine: String? {
        let descriptor = handle.fileDescriptor
        var buffer = [UInt8](repeating: 0, count: Self.longestTail)
        // The program writes on where the file's offset is, so that stays as it is.
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return nil }
        let count = pread(descriptor, &buffer, buffer.count, max(0, status.st_size - off_t(buffer.count)))
        return Self.lastLine(of: String(decoding: buffer.prefix(max(0, count)), as: UTF8.self))
    }

    /// The last line of a text that is not blank, without space around it; of a very long one its beginning.
    static func lastLine(of text: String) -> String? {
        text.split(whereSeparator: \.isNewline).lazy.reversed()
            .map { $0.trimmingCharacters(in: .whitespaces) }
            .first { !$0.isEmpty }
            .map { String($0.prefix(longestLine)) }
    }

    private static let longestTail = 1 << 12
    private static let longestLine = 300
}
