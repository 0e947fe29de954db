import Foundation
import InferenceEngine
import MoDModel
import TerminalKit

/// Shows a reply on standard output as it comes, and what it cost on standard error.
struct ReplyPrinter {
    let asJSON: Bool

    /// A generated token, as `--json` prints it. Scores and thresholds are those of the routed blocks, in
    /// order; a threshold is null where the token was processed whatever its score.
    private struct TokenLine: Encodable {
        let token: Int32
        let text: String
        let delta: String
        let probability: Float
        let entropy: Float
        let depth: Int?
        let processed: [Bool]?
        let scores: [Float]?
        let thresholds: [Float?]?

        init(_ token: GeneratedToken) {
            self.token = token.id
            text = token.text
            delta = token.delta
            probability = token.probability
            entropy = token.entropy
            depth = token.routing?.depth
            processed = token.routing?.processed
            scores = token.routing?.scores
            thresholds = token.routing?.thresholds.map { $0.isFinite ? $0 : nil }
        }
    }

    func show(_ event: GenerationEvent) throws {
        switch event {
        case .droppedOldestMessages(let count):
            Output.note("The context was full: the oldest \(count) messages are no longer seen.")
        case .prompt:
            break
        case .token(let token):
            try show(token)
        case .finished(let reason, let statistics):
            if !asJSON { try Output.print("") }
            Output.note(summary(reason, statistics))
        case .failed(let error):
            throw error
        }
    }

    private func show(_ token: GeneratedToken) throws {
        guard asJSON else {
            // On a terminal nothing the model says may work as an escape sequence; a file gets it as it is.
            let toTerminal = isatty(STDOUT_FILENO) == 1
            try Output.print(toTerminal ? TextSanitizer.sanitized(token.delta) : token.delta, terminator: "")
            return
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try Output.print(String(decoding: try encoder.encode(TokenLine(token)), as: UTF8.self))
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
