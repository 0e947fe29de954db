/// What the colours of the heatmap tell.
enum MapMode: CaseIterable, Sendable, Hashable {
    /// How high a block scored a token, among the scores that it lets through.
    case score
    /// Only whether a block took a token.
    case processed
    /// How far above its threshold a block scored a token.
    case margin
    /// Which part of the newest tokens a block scored lower.
    case rank
    /// Up to which block the model was undecided about what comes next.
    case settled

    /// The mode's name.
    var name: String {
        switch self {
        case .score: "score"
        case .processed: "processed"
        case .margin: "margin"
        case .rank: "rank"
        case .settled: "settled"
        }
    }

    /// The mode that follows.
    var next: MapMode {
        let all = MapMode.allCases
        let place = all.firstIndex(of: self) ?? 0
        return all[(place + 1) % all.count]
    }
}
