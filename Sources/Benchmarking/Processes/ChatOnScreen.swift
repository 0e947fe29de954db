import Foundation
package import InferenceEngine
import MoDModel

/// `fathom chat` in a pseudo-terminal, with somebody who types and nobody who looks.
package final class ChatOnScreen {
    private let child: ChildProcess
    private let terminal: PseudoTerminal
    /// Where the chat tells what its replies cost.
    private let replies: ReplySummaries
    /// Where the chat keeps its conversation and its log, away from the user's.
    private let folder: TemporaryFolder
    /// How long it may take to begin, to answer and to end.
    private let patience: Duration
    /// The summaries of the replies that the chat has given so far.
    private var answers: [ReplySummary] = []

    /// What the chat sends once it has taken the terminal over: bracketed paste.
    private static let ready = "\u{1B}[?2004h"
    /// Far longer than from one frame of a reply to the next.
    private static let rest = Duration.milliseconds(500)

    /// Starts a chat as users do and waits until it listens.
    ///
    /// - Parameter patience: how long it may take to begin, to answer and to end.
    /// - Throws: `BenchmarkError` where it does not come to that.
    package init(
        _ program: ThisProgram, maximumTokens: Int, patience: Duration = .seconds(120)
    ) throws(BenchmarkError) {
        self.patience = patience
        folder = try TemporaryFolder()
        terminal = try PseudoTerminal(columns: 120, rows: 40)
        var environment = ProcessInfo.processInfo.environment
        environment["XDG_DATA_HOME"] = folder.url.path
        environment["XDG_STATE_HOME"] = folder.url.path
        environment["TERM"] = "xterm-256color"
        let line = terminal.line
        (child, replies) = try program.start(
            "chat", ["--max-tokens", "\(maximumTokens)"], environment: environment, input: .file(line),
            output: .file(line))
        try? line.close()
        switch terminal.wait(for: Self.ready, atMostTo: .now + patience) {
        case .done: break
        case .closed: throw child.failure("ended before it listened")
        case .silent: throw silence()
        }
    }

    deinit {
        child.end()
    }

    /// What the chat keeps in memory after its last answer.
    func residentMemory(_ model: MoDModel) -> ResidentMemory? {
        ResidentMemory(
            of: child.identifier, model: model, contextTokens: answers.last?.contextTokens ?? 0)
    }

    /// Pastes a message and waits for the end of the reply.
    ///
    /// - Throws: `BenchmarkError` where there is none, `silent` where it does not come in time.
    package func ask(_ message: String) throws(BenchmarkError) -> ReplySummary {
        let end = ContinuousClock.now + patience
        switch terminal.type("\u{1B}[200~\(message)\u{1B}[201~\r", atMostTo: end) {
        case .done: break
        case .closed: throw child.failure("ended before it was asked")
        case .silent: throw silence()
        }
        while ContinuousClock.now < end {
            // A screen at rest tells that the reply has ended; looking for it meanwhile would disturb what is timed.
            let isOpen = terminal.discardOutput(untilSilentFor: Self.rest, atMostTo: end)
            let all = try replies.read()
            if all.count > answers.count, let answer = all.last {
                answers = all
                return answer
            }
            if !isOpen { throw child.failure("ended before it answered") }
        }
        throw silence()
    }

    private func silence() -> BenchmarkError { child.silence(after: patience) }

    /// Leaves the chat.
    ///
    /// - Throws: `BenchmarkError.stays` where it does not end in time.
    package func end() throws(BenchmarkError) {
        let end = ContinuousClock.now + patience
        _ = terminal.type("/quit\r", atMostTo: end)
        while child.isRunning, ContinuousClock.now < end {
            if !terminal.discardOutput(untilSilentFor: .milliseconds(5), atMostTo: end) {
                Thread.sleep(forTimeInterval: 0.005)
            }
        }
        guard child.isRunning else { return }
        child.end()
        throw .stays(program: child.name, seconds: Int(patience / .seconds(1)))
    }
}
