import Conversations
import InferenceEngine
import MoDModel
import Settings

/// What the colours of a reply's text tell.
enum TextTint: String, CaseIterable, Sendable, Hashable {
    /// Nothing: text has the colours of Markdown.
    case off
    /// How many blocks processed a token.
    case depth
    /// How unsure the model was what to say where it said a token.
    case entropy
    /// Up to which block the model was undecided about a token.
    case settled

    /// The tint that follows.
    var next: TextTint {
        let all = TextTint.allCases
        let place = all.firstIndex(of: self) ?? 0
        return all[(place + 1) % all.count]
    }
}

extension Heatmap {
    /// [tokens of a reply]: how high the token's value is among the reply's, 0…1, from the 5th to the 95th percentile;
    /// nil where it has none.
    func levels(of reply: Range<Int>, by tint: TextTint) -> [Double?] {
        let values = reply.map { value(of: $0, by: tint) }
        let scale = ScoreScale(of: values.compactMap { $0 })
        return values.map { value in
            value.map { scale.high > scale.low ? scale.level(of: $0, threshold: scale.low) : 0.5 }
        }
    }

    private func value(of ordinal: Int, by tint: TextTint) -> Float? {
        guard let column = log[ordinal], !column.isTemplate else { return nil }
        switch tint {
        case .off: return nil
        case .depth: return Float(column.token.routing.depth)
        case .entropy: return column.token.prediction.flatMap { $0.entropy.isFinite ? $0.entropy : nil }
        // What follows the token before is this one.
        case .settled: return settled[ordinal - 1].map(Float.init)
        }
    }
}

extension ChatState {
    /// What the colours of the replies' text tell.
    var tint: TextTint { settings.text(.tint).flatMap(TextTint.init) ?? .off }

    /// Tints the text by what comes next.
    mutating func turnTint() -> [ChatEffect] {
        let next = tint.next
        settings.set(.tint, to: .text(next.rawValue))
        show(
            Notice(.info, next == .off ? "The text is not tinted." : "The text is tinted by \(next.meaning).")
        )
        return next == .settled ? settle() : []
    }
}

extension TextTint {
    fileprivate var meaning: String {
        switch self {
        case .off: "nothing"
        case .depth: "depth: how many blocks processed a token"
        case .entropy: "entropy: how unsure the model was"
        case .settled: "the block that settled a token"
        }
    }
}
