/// What the cells of a map show.
public enum MapMode: String, Sendable, Hashable, CaseIterable {
    /// The router's score.
    case score
    /// The grade: full, thin or bypassed.
    case processed
    /// How far the score lies above the threshold for full, or below.
    case margin
    /// The score's rank among those of all tokens at the block.
    case rank
    /// How probable what the model says at last was after each block (logit lens), and where that settled.
    case settled

    /// Whether the trace must have readings of the lens.
    public var needsLens: Bool { self == .settled }

    /// What the legend says of the scale.
    var legend: String {
        switch self {
        case .score: "router score"
        case .processed: "grade"
        case .margin: "score − threshold"
        case .rank: "rank of the score in its block"
        case .settled: "probability of the final first choice"
        }
    }
}
