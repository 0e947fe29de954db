package import Foundation

/// A program that answers each line it is given by a line.
package final class LineDialogue {
    private let child: ChildProcess
    private let requests = Pipe()
    private let answers = Pipe()

    /// Starts the program.
    ///
    /// - Throws: `BenchmarkError.start` where the system refuses, or `noTemporaryFiles`.
    package init(_ name: String, executable: URL, arguments: [String]) throws(BenchmarkError) {
        // That it has ended is to be told of as an error, not to end this program.
        signal(SIGPIPE, SIG_IGN)
        child = try ChildProcess(
            name, executable: executable, arguments: arguments, input: .pipe(requests), output: .pipe(answers)
        )
    }

    deinit {
        // At the end of its input it leaves.
        try? requests.fileHandleForWriting.close()
        child.waitForEnd()
    }

    /// What errors call the program.
    package var name: String { child.name }

    /// Sends a line and waits for the answer, which is given without its line end.
    ///
    /// - Throws: `BenchmarkError.ended` or `answer` where the program ends instead.
    package func ask(_ line: String) throws(BenchmarkError) -> Data {
        // A program that does not read any more gives no answer, either.
        try? requests.fileHandleForWriting.write(contentsOf: Data((line + "\n").utf8))
        var answer = Data()
        while let byte = (try? answers.fileHandleForReading.read(upToCount: 1))?.first {
            if byte == UInt8(ascii: "\n") { return answer }
            answer.append(byte)
        }
        throw child.failure("ended without an answer")
    }
}
