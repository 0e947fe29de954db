import Foundation
import MoDModel

/// `fathom chat` in a pseudo-terminal, with somebody who types and nobody who looks.
final class ChatOnScreen {
    /// What the chat's log says of a reply.
    struct Answer {
        /// Generated tokens a second.
        let rate: Double
        /// Tokens in the context after it.
        let contextTokens: Int
    }

    private let process: Process
    private let terminal: PseudoTerminal
    /// Where the chat keeps its conversation and its log, away from the user's.
    private let folder: TemporaryFolder

    /// After the last answer.
    private var contextTokens = 0

    /// What the chat sends once it has taken the terminal over: bracketed paste.
    private static let ready = "\u{1B}[?2004h"
    private static let patience = Duration.seconds(120)
    /// Far longer than from one frame of a reply to the next.
    private static let rest = Duration.milliseconds(500)

    /// Starts a chat as users do and waits until it listens.
    init(_ program: ThisProgram, maximumTokens: Int) throws {
        folder = try TemporaryFolder()
        terminal = try PseudoTerminal(columns: 120, rows: 40)
        process = program.process("chat", ["--max-tokens", "\(maximumTokens)"])
        var environment = ProcessInfo.processInfo.environment
        environment["XDG_DATA_HOME"] = folder.url.path
        environment["XDG_STATE_HOME"] = folder.url.path
        environment["TERM"] = "xterm-256color"
        process.environment = environment
        let line = terminal.line
        process.standardInput = line
        process.standardOutput = line
        process.standardError = FileHandle.nullDevice
        try process.run()
        try line.close()
        do {
            try terminal.wait(for: Self.ready, atMost: Self.patience)
        } catch {
            process.terminate()
            throw error
        }
    }

    /// What the chat keeps in memory after its last answer.
    func residentMemory(_ model: MoDModel) -> ResidentMemory? {
        ResidentMemory(of: process.processIdentifier, model: model, contextTokens: contextTokens)
    }

    /// Pastes a message and waits for the end of the reply.
    func ask(_ message: String) throws -> Answer {
        try terminal.type("\u{1B}[200~\(message)\u{1B}[201~\r")
        let log = folder.url.appending(path: "fathom/fathom.log")
        let end = ContinuousClock.now + Self.patience
        while ContinuousClock.now < end {
            // A screen at rest tells that the reply has ended; looking for it meanwhile would disturb what is timed.
            let isOpen = terminal.discardOutput(untilSilentFor: Self.rest, atMostTo: end)
            let text = (try? String(contentsOf: log, encoding: .utf8)) ?? ""
            if let answer = Self.answer(in: text) {
                contextTokens = answer.contextTokens
                return answer
            }
            if !isOpen { break }
        }
        throw Failure(.software, "The chat to be timed ended, or gave no answer.")
    }

    private static func answer(in log: String) -> Answer? {
        guard let line = log.split(separator: "\n").last(where: { $0.contains(" A reply ended ") }) else {
            return nil
        }
        let fields = line.split(separator: " ").map { $0.split(separator: "=") }.filter { $0.count == 2 }
        func number(_ name: String) -> Double? {
            fields.first { $0[0] == name }.flatMap { Double($0[1]) }
        }
        guard let tokens = number("generatedTokens"), let seconds = number("generationSeconds"),
            let context = number("contextTokens")
        else { return nil }
        return Answer(rate: tokens / seconds, contextTokens: Int(context))
    }

    /// Leaves the chat.
    func end() {
        try? terminal.type("/quit\r")
        let end = ContinuousClock.now + .seconds(5)
        while process.isRunning, ContinuousClock.now < end {
            if !terminal.discardOutput(untilSilentFor: .milliseconds(5), atMostTo: end) {
                Thread.sleep(forTimeInterval: 0.005)
            }
        }
        if process.isRunning { process.terminate() }
    }
}
