import InferenceEngine
import MoDModel
import TerminalKit

/// What the inspector says about a token and a block. Each line comes in forms of falling length.
struct InspectorText {
    /// Lines the inspector needs for all there is to say: the summary, the decision, and a heading over the runners-up;
    /// where there are experts, a line on them in place of the last runner-up.
    static let rows = 8
    /// Lines the inspector needs at least, with the runners-up in one.
    static let leastRows = 3

    let token: TracedToken
    /// Which token of the conversation it is, the first being 1.
    let number: Int
    let block: Int
    let blocks: BlockMap
    /// Whether blocks of this model may take a token thin.
    let isGraded: Bool
    let glyphs: Glyphs

    init?(_ state: ChatState, glyphs: Glyphs) {
        guard let ordinal = state.inspector.ordinal(in: state.heatmap.ordinals),
            let column = state.heatmap.log[ordinal]
        else { return nil }
        token = column.token
        number = state.heatmap.log.number(of: ordinal)
        block = state.inspector.block
        blocks = state.heatmap.log.blocks
        isGraded = state.model.weights.hasThinPath
        self.glyphs = glyphs
    }

    var title: String { "token \(number)  \(text)" }

    var text: String { VisibleText.quoted(token.text, isUnicode: glyphs.isUnicode) }

    /// How sure the model was of the token and how deep the token went, in forms of falling length.
    var summary: [String] {
        let depth = token.routing.depth
        let thin = token.routing.grades.count { $0 == .thin }
        let thinPart = thin > 0 ? ", \(thin) thin" : ""
        guard let prediction = token.prediction else {
            return [
                "read in the prompt   depth \(depth) of \(blocks.count)\(thinPart)",
                "prompt   depth \(depth)/\(blocks.count)",
            ]
        }
        let p = Numbers.decimal(Double(prediction.probability), 2)
        let entropy = Numbers.decimal(Double(prediction.entropy), 1)
        return [
            "p \(p)   entropy \(entropy)   depth \(depth) of \(blocks.count)\(thinPart)",
            "p \(p)  entropy \(entropy)  depth \(depth)/\(blocks.count)",
            "p \(p)  depth \(depth)/\(blocks.count)",
        ]
    }

    /// What the chosen block decided about the token, in forms of falling length.
    var decision: [String] {
        let forms = account(of: block)
        let named = forms.prefix(2).map { "block \(block)   \($0)" }
        let short = forms.dropFirst(2)
        return named + short.prefix(1).map { "block \(block) \($0)" } + short.map { "\(block): \($0)" }
    }

    /// Which experts the token took in the chosen block, in forms of falling length; nil in a model without experts.
    var experts: [String]? {
        guard let taken = token.routing.experts(at: block) else { return nil }
        let all = names(of: taken)
        return ["took \(all), the best first", "took \(all)", all]
    }

    /// "expert 3", "experts 3 1", or "no expert".
    private func names(of taken: [UInt16]) -> String {
        guard !taken.isEmpty else { return "no expert" }
        return (taken.count == 1 ? "expert " : "experts ") + taken.map(String.init).joined(separator: " ")
    }

    /// The tokens that could have come instead, with their probabilities; nil where none are known.
    var runnersUp: String? {
        guard let candidates = token.prediction?.runnersUp, !candidates.isEmpty else { return nil }
        return candidates.map { candidate in
            let text = VisibleText.quoted(candidate.text, isUnicode: glyphs.isUnicode)
            return "\(text) \(Numbers.decimal(Double(candidate.probability), 2))"
        }.joined(separator: "  ")
    }

    /// What a block decided about the token and which experts the token took there, in forms of falling length.
    func fullAccount(of block: Int) -> [String] {
        let account = account(of: block)
        guard let taken = token.routing.experts(at: block) else { return account }
        return account.map { "\($0), \(names(of: taken))" } + account.suffix(1)
    }

    /// What a block decided about the token, in forms of falling length.
    private func account(of block: Int) -> [String] {
        switch blocks.outcome(of: token.routing, at: block) {
        case .unknown: ["not recorded"]
        case .always: ["has no router: always processed", "no router: processed"]
        case .routed(let decision): account(of: decision)
        }
    }

    /// A routed block's grade, and what led to it, in forms of falling length.
    private func account(of decision: BlockDecision) -> [String] {
        switch decision.reason {
        case .dense: because("capacity 1", decision)
        case .anchor: because("first positions", decision)
        case .chance: because("by chance", decision)
        case .score where decision.thresholds.full == -.infinity: because("no threshold", decision)
        case .score: comparison(decision)
        case .budget: comparison(decision, isSpent: true)
        }
    }

    /// The account of a decision that the score had no part in.
    private func because(_ reason: String, _ decision: BlockDecision) -> [String] {
        let (score, result) = (number(decision.score), word(decision.grade))
        return ["score \(score), \(reason): \(result)", "\(reason): \(result)", result]
    }

    /// The account of a decision by the score: the score between the thresholds, in their order. `isSpent`: a budget
    /// kept the block from following the score.
    private func comparison(_ decision: BlockDecision, isSpent: Bool = false) -> [String] {
        let result = word(decision.grade)
        let order = ThresholdOrder(decision, glyphs: glyphs, number: number)
        let but = isSpent ? ", budget spent" : ""
        return [
            "\(order.named)\(but): \(result)", "\(order.unnamed)\(but): \(result)",
            "\(order.bare)\(but) \(result)",
            "\(order.decisive)\(isSpent ? ", budget" : "") \(result)",
        ]
    }

    private func word(_ grade: Grade) -> String {
        switch grade {
        case .full: isGraded ? "full" : "processed"
        case .thin: "thin"
        case .bypassed: "bypassed"
        }
    }

    private func number(_ value: Float) -> String {
        guard value.magnitude == .infinity else { return Numbers.decimal(Double(value), 2) }
        return (value < 0 ? "-" : "") + glyphs.infinity
    }
}

extension TokenRouting {
    /// The experts that the token took in a block that processed it; nil in a model without experts, and for a block
    /// that bypassed it.
    func experts(at block: Int) -> [UInt16]? {
        guard experts.indices.contains(block), grades.indices.contains(block), grades[block] > .bypassed
        else { return nil }
        return experts[block]
    }
}

/// A score and the thresholds in the order of their values, from the longest form to the shortest.
private struct ThresholdOrder {
    /// The order with the word “score”.
    let named: String
    /// The order without the word “score”.
    let unnamed: String
    /// The numbers alone.
    let bare: String
    /// The score and the threshold that decided.
    let decisive: String

    init(_ decision: BlockDecision, glyphs: Glyphs, number: (Float) -> String) {
        let (score, thresholds) = (number(decision.score), decision.thresholds)
        let (full, thin) = (number(thresholds.full), number(thresholds.thin))
        if thresholds.full == thresholds.thin {
            let sign = decision.score >= thresholds.full ? glyphs.atLeast : "<"
            bare = "\(score) \(sign) \(full)"
            (unnamed, decisive) = (bare, bare)
            named = "score \(score) \(sign) threshold \(full)"
        } else if decision.score >= thresholds.full {
            decisive = "\(score) \(glyphs.atLeast) \(full)"
            bare = "\(decisive) > \(thin)"
            unnamed = "\(score) \(glyphs.atLeast) full \(full) > thin \(thin)"
            named = "score \(unnamed)"
        } else if decision.score >= thresholds.thin {
            bare = "\(thin) \(glyphs.atMost) \(score) < \(full)"
            decisive = bare
            unnamed = "thin \(thin) \(glyphs.atMost) \(score) < full \(full)"
            named = "thin \(thin) \(glyphs.atMost) score \(score) < full \(full)"
        } else {
            decisive = "\(score) < \(thin)"
            bare = "\(decisive) < \(full)"
            unnamed = "\(score) < thin \(thin) < full \(full)"
            named = "score \(unnamed)"
        }
    }
}
