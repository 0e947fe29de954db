import InferenceEngine

/// What kind of token it is, by its text.
enum TokenClass: String, CaseIterable {
    case wordStart = "word start"
    case continuation = "continuation"
    case punctuation = "punctuation"
    case digit = "digit"
    case whitespace = "whitespace"
    case special = "special"

    /// The class of a token of a trace, which may depend on the one before: a word may begin without a space.
    init(_ token: DepthTrace.Token, after before: DepthTrace.Token?) {
        let text = token.traced.text
        let shown = text.drop(while: \.isWhitespace)
        if token.isSpecial {
            self = .special
        } else if shown.isEmpty {
            self = .whitespace
        } else if shown.allSatisfy({ $0.isNumber || $0.isWhitespace }) {
            self = .digit
        } else if !shown.contains(where: { $0.isLetter || $0.isNumber || $0 == "\u{FFFD}" }) {
            self = .punctuation
        } else if shown.startIndex > text.startIndex {
            self = .wordStart
        } else if let before, !before.isSpecial, let last = before.traced.text.last,
            last.isLetter || last.isNumber || last == "\u{FFFD}"
        {
            self = .continuation
        } else {
            self = .wordStart
        }
    }
}
