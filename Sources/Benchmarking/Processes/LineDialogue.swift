package import Foundation

/// A program that answers each line it is given by a line.
package final class LineDialogue {
    private let child: ChildProcess
    private let requests = Pipe()
    private let answers = Pipe()
    private let patience: Duration
    /// What the program has said beyond its last answer.
    private var unread = Data()

    /// Starts the program.
    ///
    /// - Parameter patience: how long an answer may take.
    /// - Throws: `BenchmarkError.start` where the system refuses, or `noTemporaryFiles`.
    package init(
        _ name: String, executable: URL, arguments: [String],
        patience: Duration = ChildProcess.longestTurn
    ) throws(BenchmarkError) {
        // That it has ended is to be told of as an error, not to end this program.
        signal(SIGPIPE, SIG_IGN)
        self.patience = patience
        child = try ChildProcess(
            name, executable: executable, arguments: arguments, input: .pipe(requests), output: .pipe(answers)
        )
        // A program that does not read on must not hold up this one.
        let writing = requests.fileHandleForWriting.fileDescriptor
        _ = fcntl(writing, F_SETFL, fcntl(writing, F_GETFL) | O_NONBLOCK)
    }

    deinit {
        // At the end of its input it leaves.
        try? requests.fileHandleForWriting.close()
        if !child.waitForEnd(atMost: Self.leave) { child.end() }
    }

    /// What errors call the program.
    package var name: String { child.name }

    /// Sends a line and waits for the answer, which is given without its line end.
    ///
    /// - Throws: `BenchmarkError.ended` or `answer` where the program ends instead, `silent` where it does not answer
    ///   in time; it is ended then.
    package func ask(_ line: String) throws(BenchmarkError) -> Data {
        let end = ContinuousClock.now + patience
        var request = Data((line + "\n").utf8)
        while ContinuousClock.now < end {
            if let lineEnd = unread.firstIndex(of: UInt8(ascii: "\n")) {
                defer { unread = Data(unread[(lineEnd + 1)...]) }
                return Data(unread[..<lineEnd])
            }
            guard exchange(&request) else { throw child.failure("ended without an answer") }
        }
        throw child.silence(after: patience)
    }

    /// Waits, not for long, until the program reads or writes; sends it some of the request, and takes what it says.
    /// False once the program has closed its output or ended: what it has started may have its output still.
    private func exchange(_ request: inout Data) -> Bool {
        let writing = requests.fileHandleForWriting.fileDescriptor
        let reading = answers.fileHandleForReading.fileDescriptor
        var files = [
            pollfd(fd: reading, events: Int16(POLLIN), revents: 0),
            pollfd(fd: request.isEmpty ? -1 : writing, events: Int16(POLLOUT), revents: 0),
        ]
        let isRunning = child.isRunning
        guard poll(&files, nfds_t(files.count), 100) > 0 else { return isRunning }
        if files[1].revents != 0 {
            let sent = request.withUnsafeBytes { write(writing, $0.baseAddress, $0.count) }
            if sent > 0 {
                request = request.dropFirst(sent)
            } else if errno != EAGAIN, errno != EINTR {
                // A program that does not read any more may have answered all the same.
                request = Data()
            }
        }
        guard files[0].revents != 0 else { return true }
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        let count = read(reading, &buffer, buffer.count)
        if count > 0 { unread += buffer[..<count] }
        return count > 0 || (count < 0 && errno == EINTR)
    }

    /// Far longer than a program takes to end once its input has.
    private static let leave = Duration.seconds(10)
}
