import InferenceEngine
import MoDModel
import TerminalKit

/// What the inspector says about a token and a block. Each line comes in forms of falling length.
struct InspectorText {
    /// Lines of all there is to say: the summary, the decision, and a heading over the runners-up.
    static let rows = 8
    /// Lines with the runners-up in one.
    static let leastRows = 3

    let token: TracedToken
    let ordinal: Int
    let block: Int
    let blocks: BlockMap
    let glyphs: Glyphs

    init?(_ state: ChatState, glyphs: Glyphs) {
        guard let ordinal = state.selection.ordinal(in: state.trace.ordinals),
            let column = state.trace[ordinal]
        else { return nil }
        token = column.token
        self.ordinal = ordinal
        block = state.selection.block
        blocks = state.trace.blocks
        self.glyphs = glyphs
    }

    var title: String { "token \(ordinal + 1)  \(text)" }

    var text: String { VisibleText.quoted(token.text, isUnicode: glyphs.isUnicode) }

    /// How sure the model was and how deep the token went.
    var summary: [String] {
        let depth = token.routing.depth
        guard let prediction = token.prediction else {
            return [
                "read in the prompt   depth \(depth) of \(blocks.count)",
                "prompt   depth \(depth)/\(blocks.count)",
            ]
        }
        let p = Numbers.decimal(Double(prediction.probability), 2)
        let entropy = Numbers.decimal(Double(prediction.entropy), 1)
        return [
            "p \(p)   entropy \(entropy)   depth \(depth) of \(blocks.count)",
            "p \(p)  entropy \(entropy)  depth \(depth)/\(blocks.count)",
            "p \(p)  depth \(depth)/\(blocks.count)",
        ]
    }

    /// What the chosen block decided.
    var decision: [String] {
        let name = "block \(block)"
        switch blocks.outcome(of: token.routing, at: block) {
        case .unknown: return ["\(name)   not recorded"]
        case .always: return ["\(name)   has no router: always processed", "\(name)   no router: processed"]
        case .processed(let score, let threshold) where !threshold.isFinite:
            let score = number(score)
            return [
                "\(name)   score \(score), no threshold: processed", "\(name)   score \(score): processed",
                "\(name) \(score) processed",
            ]
        case .processed(let score, let threshold):
            return comparison(score, glyphs.atLeast, threshold, "processed")
        case .bypassed(let score, let threshold): return comparison(score, "<", threshold, "bypassed")
        }
    }

    private func comparison(_ score: Float, _ sign: String, _ threshold: Float, _ result: String) -> [String]
    {
        let (score, threshold) = (number(score), number(threshold))
        return [
            "block \(block)   score \(score) \(sign) threshold \(threshold): \(result)",
            "block \(block)   \(score) \(sign) \(threshold): \(result)",
            "block \(block) \(score) \(sign) \(threshold) \(result)",
            "\(block): \(score) \(sign) \(threshold) \(result)",
        ]
    }

    private func number(_ value: Float) -> String { Numbers.decimal(Double(value), 2) }
}
