/// A rule that cuts text into the words inside which bytes are merged.
///
/// A rule is known by the name that `tokenizer.ggml.pre` gives it: one line of `known`.
package enum PreTokenizer: Sendable, Hashable {
    /// The pattern of GPT-2. Where `numbersApart`, every number character is a word of its own.
    case gpt2(numbersApart: Bool)
    /// The pattern of Llama 3, which keeps up to `digits` number characters together.
    case llama3(digits: Int)
    /// What llama.cpp does for files that were made without a rule.
    case standard

    /// The rules by their names in model files.
    package static let known: [String: PreTokenizer] = [
        "default": .standard,
        "gpt-2": .gpt2(numbersApart: false),
        "llama-bpe": .llama3(digits: 3),
        "qwen2": .llama3(digits: 1),
        "smollm": .gpt2(numbersApart: true),
    ]

    /// Whether a word that is a token as it stands is that token, whatever the merges would make of it (the
    /// `ignore_merges` of Hugging Face's tokenizers).
    var keepsWholeWords: Bool {
        self == .llama3(digits: 3)
    }

    /// Whether texts are opened by the token for that where a file does not say.
    var addsBeginningOfText: Bool {
        self == .llama3(digits: 3)
    }

    /// Hands out the words of `text`, valid UTF-8, one after the other; put together, they are the text.
    package func forEachWord(of text: ArraySlice<UInt8>, _ body: (ArraySlice<UInt8>) -> Void) {
        switch self {
        case .gpt2(let numbersApart):
            var words = GPT2Words(text, numbersApart: numbersApart)
            while let word = words.next() { body(word) }
        case .llama3(let digits):
            var words = Llama3Words(text, digits: digits)
            while let word = words.next() { body(word) }
        case .standard:
            let words = StandardWords(text)
            words.forEach(body)
        }
    }
}
