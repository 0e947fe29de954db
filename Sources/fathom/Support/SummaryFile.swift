import Foundation
import InferenceEngine

/// A file that gets a line for every reply, for programs to read.
struct SummaryFile {
    private let path: String
    private let file: FileHandle

    /// Opens a file, or makes it; what is in it stays.
    ///
    /// - Throws: `Failure.cannotWrite`.
    init(_ path: String) throws(Failure) {
        let descriptor = Foundation.open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw Failure(.cannotWrite, "\(path) cannot be written: \(String(cString: strerror(errno)))")
        }
        self.path = path
        file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    }

    /// Adds a line if the event ends a reply.
    ///
    /// - Throws: `Failure.cannotWrite`.
    func append(_ event: GenerationEvent) throws(Failure) {
        guard case .finished(let reason, let statistics) = event.kind else { return }
        let summary = ReplySummary(
            reason: reason, statistics: statistics, contextTokens: event.contextTokens ?? 0)
        let line = summary.json + "\n"
        do {
            try file.write(contentsOf: Data(line.utf8))
        } catch {
            throw Failure(.cannotWrite, "\(path) cannot be written; a reply's summary is lost.")
        }
    }
}
