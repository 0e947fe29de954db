import DepthFigures
import InferenceEngine
import MoDModel

/// Small traces, made by hand.
enum Traces {
    static let model = ModelDescription(
        name: "Tiny <&>", blockCount: 4, routedBlocks: [1, 2], anchorTokens: 1, contextLength: 64,
        defaultCapacity: .dense,
        weights: WeightBytes(outsideBlocks: 100, fullBlock: 100, thinBlock: 60, bypassedBlock: 10))

    /// What would break a figure: markup, control codes, what XML forbids, what turns the direction of text.
    static let nasty = [
        "<|im_start|>", " <b>&\"'", "\u{0}\u{1B}[31m", "]]>", "\u{202E}abc\u{202C}", "\u{FFFF}\u{FFFE}", "\n",
        "\t",
        "日本", "e\u{301}\u{301}", "a,\"b\"", String(repeating: "x", count: 60), "\u{85}\u{2028}", "",
        "\u{E000}", "�",
    ]

    /// A trace of some texts. Scores and grades differ from token to token, with all grades there are.
    static func trace(
        _ texts: [String] = nasty, replyFrom: Int = .max, withLens: Bool = true, policy: RoutingPolicy = .held
    ) -> DepthTrace {
        let tokens = texts.indices.map { place in
            token(place, texts[place], isReply: place >= replyFrom, withLens: withLens)
        }
        return DepthTrace(
            model: model, capacity: Capacity(0.5) ?? .dense, policy: policy, seed: replyFrom < .max ? 7 : nil,
            tokens: tokens)
    }

    private static func token(
        _ place: Int, _ text: String, isReply: Bool, withLens: Bool
    ) -> DepthTrace.Token {
        let grades = [Grade.full, Grade.allCases[place % 3], Grade.allCases[(place / 3) % 3], .full]
        let isAnchor = place == 0
        let thresholds = isAnchor ? Thresholds.none : Thresholds(full: 0.5, thin: -0.5)
        let routing = TokenRouting(
            grades: grades, scores: [Float(place % 7) - 3, Float(place % 5) / 2 - 1],
            thresholds: [thresholds, thresholds],
            reasons: Array(repeating: isAnchor ? .anchor : .score, count: 2))
        let prediction = TracedToken.Prediction(probability: 0.25, entropy: 1.5, runnersUp: [])
        var token = DepthTrace.Token(
            TracedToken(
                id: Int32(place), text: text, routing: routing, prediction: isReply ? prediction : nil),
            isReply: isReply, isSpecial: text.hasPrefix("<|"))
        guard withLens else { return token }
        let settled = place % 5
        let depths = (0...4).map { depth in
            LogitLens.Depth(
                top: [.init(id: depth >= settled ? 1 : 2, text: " next", probability: 0.5)],
                entropy: Float(place % 4), finalProbability: Float(depth) / 4, nextProbability: 0.125)
        }
        token.lens = LogitLens.Reading(
            position: place, id: Int32(place), text: text, next: nil, grades: grades,
            work: Double(place % 3) / 2, depths: depths)
        return token
    }
}
