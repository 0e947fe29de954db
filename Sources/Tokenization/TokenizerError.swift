/// Why a vocabulary cannot be used. Each case names what is at fault.
public enum TokenizerError: Error, Sendable, Hashable {
    /// The vocabulary makes tokens of text in a way that is not known here.
    case unsupportedModel(String)
    /// The vocabulary names a rule for cutting text into words that this tokenizer does not have.
    case unsupportedPreTokenizer(String)
    /// The vocabulary has not exactly one kind for each token.
    case kindCount(kinds: Int, tokens: Int)
    /// The vocabulary has not exactly one score for each token.
    case scoreCount(scores: Int, tokens: Int)
    /// A score that is no number.
    case unusableScore(token: Int)
    /// More tokens or merges than an id can number.
    case tooLarge(count: Int)
    /// A token of a kind that has no place in the vocabulary.
    case unsupportedKind(Int32, token: Int)
    /// A token that is empty or not written as tokens of its kind are.
    case unreadableToken(String, token: Int)
    /// Two tokens, here by their ids, with one text.
    case duplicateToken(String, first: Int, second: Int)
    /// No token for a byte of plain English text, so that some of it could not be written.
    case missingByte(UInt8)
    /// No token for a byte, so that text which is no piece could not be written.
    case missingByteToken(UInt8)
    /// A merge, here by its place among them, that is not two tokens separated by one space.
    case malformedMerge(String, merge: Int)
    /// A merge of, or into, a token that the vocabulary does not have.
    case unknownTokenInMerge(String, merge: Int)
    /// A merge that an earlier one has made already.
    case duplicateMerge(String, merge: Int)
    /// The id of a token that the file names for a purpose, `name`, and that is not in the vocabulary.
    case idOutOfRange(name: String, id: Int, tokens: Int)
    /// The file has no chat template, and not the tokens of the most usual one.
    case noChatTemplate
    /// The file's chat template cannot be used, and why.
    case unusableChatTemplate(String)
}

extension TokenizerError: CustomStringConvertible {
    /// One line for the user: what is at fault and what to do next. Text from the file is escaped.
    public var description: String {
        switch self {
        case .unsupportedModel(let name):
            """
            tokenizer.ggml.model is \(quoted(name)), and known are \
            \(TokenizerError.list(TokenizerModel.allCases.map(\.rawValue))). Use a model with one of these.
            """
        case .unsupportedPreTokenizer(let name):
            """
            tokenizer.ggml.pre is \(quoted(name)), and known are \(TokenizerError.list(PreTokenizer.known.keys.sorted())). \
            Use a model with one of these.
            """
        case .kindCount(let kinds, let tokens):
            "The vocabulary has \(tokens) tokens but \(kinds) token types. \(TokenizerError.advice)"
        case .scoreCount(let scores, let tokens):
            "tokenizer.ggml.scores has \(scores) numbers for \(tokens) tokens. \(TokenizerError.advice)"
        case .unusableScore(let token):
            "The score of token \(token) is no number. \(TokenizerError.advice)"
        case .tooLarge(let count):
            "The vocabulary has \(count) entries, more than ids can number. \(TokenizerError.advice)"
        case .unsupportedKind(let kind, let token):
            "Token \(token) has type \(kind), unknown in such a vocabulary. \(TokenizerError.advice)"
        case .unreadableToken(let text, let token):
            "Token \(token), \(quoted(text)), is empty or not written as such tokens are. \(TokenizerError.advice)"
        case .duplicateToken(let text, let first, let second):
            "Tokens \(first) and \(second) are both \(quoted(text)). \(TokenizerError.advice)"
        case .missingByte(let byte):
            "The vocabulary has no token for byte \(byte), so some text is lost. \(TokenizerError.advice)"
        case .missingByteToken(let byte):
            "The vocabulary has no byte token for \(byte), so some text is lost. \(TokenizerError.advice)"
        case .malformedMerge(let text, let merge):
            "Merge \(merge), \(quoted(text)), is not two tokens and a space. \(TokenizerError.advice)"
        case .unknownTokenInMerge(let text, let merge):
            "Merge \(merge) names \(quoted(text)), which is not in the vocabulary. \(TokenizerError.advice)"
        case .duplicateMerge(let text, let merge):
            "Merge \(merge), \(quoted(text)), stands there twice. \(TokenizerError.advice)"
        case .idOutOfRange(let name, let id, let tokens):
            "The \(name) token is \(id), but there are only \(tokens) tokens. \(TokenizerError.advice)"
        case .noChatTemplate:
            """
            The file has no chat template (tokenizer.chat_template), so that it is unknown how to chat with the model. \
            Use a model that was made for chats.
            """
        case .unusableChatTemplate(let reason):
            """
            tokenizer.chat_template is unknown: \(escaped(reason, most: 200)). Use a model with another template.
            """
        }
    }

    private static func list(_ names: [String]) -> String {
        names.map { "\"\($0)\"" }.joined(separator: ", ")
    }

    private static let advice = "The model file is damaged or made wrongly: fetch or convert it again."

    /// Text from a file must not reach a terminal raw, nor fill the screen.
    private func quoted(_ text: String) -> String {
        "\"\(escaped(text, most: 40))\""
    }

    private func escaped(_ text: String, most count: Int) -> String {
        let shown = text.unicodeScalars.prefix(count).map { $0.escaped(asASCII: true) }.joined()
        return shown + (text.unicodeScalars.dropFirst(count).isEmpty ? "" : "…")
    }
}
