import Foundation
import InferenceEngine
import MoDModel
import TerminalKit

/// Shows a reply on standard output as it comes, and what it cost on standard error.
struct ReplyPrinter {
    private let format: ReplyFormat
    private let prompt: String
    /// Whether blocks of the model may take a token thin.
    private let hasThinPath: Bool
    /// On a terminal nothing the model says may work as an escape sequence; a file gets it as it is.
    private var sanitizer = TextSanitizer.Stream()
    /// Whether what stands before the reply is written.
    private var hasBegun = false

    init(_ format: ReplyFormat, prompt: String, hasThinPath: Bool) {
        self.format = format
        self.prompt = prompt
        self.hasThinPath = hasThinPath
    }

    mutating func show(_ event: GenerationEvent) throws {
        switch event.kind {
        case .droppedOldestMessages(let count):
            Output.note("The context was full: the oldest \(count) messages are no longer seen.")
        case .prompt:
            break
        case .token(let token):
            try show(token)
        case .finished(let reason, let statistics):
            try begin()
            if format != .json { try Output.print("") }
            Output.note(summary(reason, statistics))
        case .failed(let error):
            throw error
        }
    }

    private mutating func show(_ token: GeneratedToken) throws {
        try begin()
        guard format == .json else { return try write(token.delta) }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try Output.printData(
            String(decoding: try encoder.encode(TokenLine(token, hasThinPath: hasThinPath)), as: UTF8.self))
    }

    /// Writes what stands before a reply, once there is one.
    private mutating func begin() throws {
        guard !hasBegun else { return }
        hasBegun = true
        guard format == .markdown else { return }
        let lines = prompt.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        try write(lines.map { $0.isEmpty ? ">\n" : "> \($0)\n" }.joined() + "\n")
    }

    private mutating func write(_ text: String) throws {
        try Output.write(Output.isTerminal ? sanitizer.sanitized(text) : text)
    }

    private func summary(_ reason: FinishReason, _ statistics: GenerationStatistics) -> String {
        func rate(_ tokens: Int, _ seconds: Double) -> String {
            seconds > 0 ? (Double(tokens) / seconds).formatted(decimals: 1) : "–"
        }
        var parts = [
            "prompt \(statistics.promptTokens) tokens at \(rate(statistics.promptTokens, statistics.promptSeconds)) a second",
            "reply \(statistics.generatedTokens) at \(rate(statistics.generatedTokens, statistics.generationSeconds))",
            "capacity \(statistics.realisedCapacity.formatted(decimals: 2)) realised",
            "\((100 * statistics.weightsReadShare).formatted(decimals: 0)) % of the weights read",
        ]
        if statistics.draftedTokens > 0 {
            parts.append("\(statistics.keptTokens) of \(statistics.draftedTokens) drafted tokens kept")
        }
        switch reason {
        case .endOfTurn: break
        case .length: parts.append("cut at --max-tokens")
        case .contextFull: parts.append("cut because the context is full")
        case .cancelled: parts.append("stopped")
        }
        return parts.joined(separator: ", ")
    }
}
