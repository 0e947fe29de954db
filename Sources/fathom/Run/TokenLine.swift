import InferenceEngine
import MoDModel

/// A generated token, as `--format json` prints it. Grades are those of all blocks; scores, thresholds and reasons
/// those of the routed ones, in order. A threshold is null where it is infinite: no score decided about it.
struct TokenLine: Encodable {
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
    /// The experts that the token took in each block, the highest score first; absent in a model without experts.
    let experts: [[UInt16]]?
    let capacity: Double
    let policy: String
    /// Tokens in the window of a budget; absent under any other policy.
    let window: Int?

    private enum CodingKeys: String, CodingKey {
        case token, text, delta, probability, entropy, depth, grades, processed, scores, thresholds
        case thinThresholds = "thin_thresholds"
        case reasons, experts, capacity, policy, window
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
        experts = routing.flatMap { $0.experts.isEmpty ? nil : $0.experts }
        capacity = token.capacity.value
        policy = token.policy.name
        window = if case .budget(let window) = token.policy { window } else { nil }
    }

    /// A number as JSON can hold it: nil where it is not finite.
    private static func finite(_ value: Float) -> Float? { value.isFinite ? value : nil }
}
