import Foundation
import InferenceEngine
import MoDModel
import TerminalKit

/// Shows a reply on standard output as it comes, and what it cost on standard error.
struct ReplyPrinter {
    let asJSON: Bool
    /// Whether blocks of the model may take a token thin.
    let hasThinPath: Bool
    /// On a terminal nothing the model says may work as an escape sequence; a file gets it as it is.
    private var sanitizer = TextSanitizer.Stream()

    init(asJSON: Bool, hasThinPath: Bool) {
        self.asJSON = asJSON
        self.hasThinPath = hasThinPath
    }

    /// A generated token, as `--json` prints it. Grades are those of all blocks; scores, thresholds and reasons those
    /// of the routed ones, in order. A threshold is null where it is infinite: no score decided about it.
    private struct TokenLine: Encodable {
        let token: Int32
        let text: String
        let delta: String
        let probability: Float
        let entropy: Float
        let depth: Int?
        let grades: [String]?
        let processed: [Bool]?
        let scores: [Float?]?
        let thresholds: [Float?]?
        /// The thin thresholds of the routed blocks; absent where no token goes thin.
        let thinThresholds: [Float?]?
        let reasons: [String]?
        let capacity: Double
        let policy: String
        /// Tokens in the window of a budget; absent under any other policy.
        let window: Int?

        private enum CodingKeys: String, CodingKey {
            case token, text, delta, probability, entropy, depth, grades, processed, scores, thresholds
            case thinThresholds = "thin_thresholds"
            case reasons, capacity, policy, window
        }

        init(_ token: GeneratedToken, hasThinPath: Bool) {
            self.token = token.id
            text = token.text
            delta = token.delta
            probability = token.probability
            entropy = token.entropy
            depth = token.routing?.depth
            let routing = token.routing
            grades = routing?.grades.map(\.name)
            processed = routing?.grades.map { $0 > .bypassed }
            scores = routing?.scores.map(Self.finite)
            thresholds = routing?.thresholds.map { Self.finite($0.full) }
            thinThresholds = hasThinPath ? routing?.thresholds.map { Self.finite($0.thin) } : nil
            reasons = routing?.reasons.map(\.name)
            capacity = token.capacity.value
            policy = token.policy.name
            window = if case .budget(let window) = token.policy { window } else { nil }
        }

        /// A number as JSON can hold it: nil where it is not finite.
        private static func finite(_ value: Float) -> Float? { value.isFinite ? value : nil }
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
            if !asJSON { try Output.print("") }
            Output.note(summary(reason, statistics))
        case .failed(let error):
            throw error
        }
    }

    private mutating func show(_ token: GeneratedToken) throws {
        guard asJSON else {
            return try Output.write(Output.isTerminal ? sanitizer.sanitized(token.delta) : token.delta)
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try Output.printData(
            String(decoding: try encoder.encode(TokenLine(token, hasThinPath: hasThinPath)), as: UTF8.self))
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

extension Grade {
    /// The grade's name, as `--json` prints it.
    fileprivate var name: String {
        switch self {
        case .bypassed: "bypassed"
        case .thin: "thin"
        case .full: "full"
        }
    }
}

extension RoutingReason {
    /// The reason's name, as `--json` prints it.
    fileprivate var name: String {
        switch self {
        case .dense: "dense"
        case .anchor: "anchor"
        case .score: "score"
        case .budget: "budget"
        case .chance: "chance"
        }
    }
}
