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
    /// The summaries of the replies that the chat has given so far.
    private var answers: [ReplySummary] = []

    /// What the chat sends once it has taken the terminal over: bracketed paste.
    private static let ready = "\u{1B}[?2004h"
    private static let patience = Duration.seconds(120)
    /// Far longer than from one frame of a reply to the next.
    private static let rest = Duration.milliseconds(500)

    /// Starts a chat as users do and waits until it listens.
    ///
    /// - Throws: `BenchmarkError` where it does not come to that.
    package init(_ program: ThisProgram, maximumTokens: Int) throws(BenchmarkError) {
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
        switch terminal.wait(for: Self.ready, atMost: Self.patience) {
        case .seen: break
        case .closed: throw child.failure("ended before it listened")
        case .silent: throw silence()
        }
    }

    /// What the chat keeps in memory after its last answer.
    func residentMemory(_ model: MoDModel) -> ResidentMemory? {
        ResidentMemory(
            of: child.identifier, model: model, contextTokens: answers.last?.statistics.contextTokens ?? 0)
    }

    /// Pastes a message and waits for the end of the reply.
    ///
    /// - Throws: `BenchmarkError` where there is none.
    package func ask(_ message: String) throws(BenchmarkError) -> ReplySummary {
        guard terminal.type("\u{1B}[200~\(message)\u{1B}[201~\r") else {
            throw child.failure("ended before it was asked")
        }
        let end = ContinuousClock.now + Self.patience
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

    private func silence() -> BenchmarkError {
        child.terminate()
        return .silent(program: child.name, seconds: Int(Self.patience / .seconds(1)))
    }

    /// Leaves the chat.
    package func end() {
        _ = terminal.type("/quit\r")
        let end = ContinuousClock.now + .seconds(5)
        while child.isRunning, ContinuousClock.now < end {
            if !terminal.discardOutput(untilSilentFor: .milliseconds(5), atMostTo: end) {
                Thread.sleep(forTimeInterval: 0.005)
            }
        }
        if child.isRunning { child.terminate() }
    }
}
