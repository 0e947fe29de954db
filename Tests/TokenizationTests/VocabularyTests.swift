import Testing
import Tokenization

@Suite("A vocabulary is checked before it is used")
struct VocabularyTests {
    /// Printable ASCII, line break, space, two merges and six tokens that are no ordinary text.
    private static let small: TokenizerVocabulary = {
        let ascii = (UInt8(0x21)...0x7E).map { String(UnicodeScalar($0)) } + ["Ċ", "Ġ"]
        let ordinary = ascii + ["th", "the"]
        return TokenizerVocabulary(
            tokens: ordinary + ["<|im_start|>", "<|im_end|>", "--", "-->", "<unk>", "<7>"],
            kinds: ordinary.map { _ in 1 } + [3, 3, 4, 4, 2, 5],
            merges: ["t h", "th e"], preTokenizer: "smollm", beginningOfText: 98, endOfText: 99)
    }()

    /// What is thrown for the small vocabulary after a change.
    private func error(_ change: (inout TokenizerVocabulary) -> Void) -> TokenizerError? {
        var vocabulary = VocabularyTests.small
        change(&vocabulary)
        do {
            _ = try Tokenizer(vocabulary: vocabulary)
            return nil
        } catch {
            return error
        }
    }

    @Test("A sound one is accepted")
    func sound() throws {
        let tokenizer = try Tokenizer(vocabulary: VocabularyTests.small)
        #expect(tokenizer.encode("the").map(tokenizer.text) == ["the"])
        #expect(tokenizer.encode("tht").map(tokenizer.text) == ["th", "t"])
        #expect(tokenizer.encode("天").isEmpty)
    }

    @Test("User-defined tokens are text, kept whole wherever they occur")
    func userDefined() throws {
        let tokenizer = try Tokenizer(vocabulary: VocabularyTests.small)
        let ids = tokenizer.encode("a-->b---<|im_end|>")
        #expect(ids.map(tokenizer.text).starts(with: ["a", "-->", "b", "--", "-", "<", "|"]))
        #expect(tokenizer.decode(ids) == "a-->b---<|im_end|>")
    }

    @Test("A word that is a token stays whole where the rule says so")
    func wholeWords() throws {
        var vocabulary = VocabularyTests.small
        // No merge makes it, and the character that it replaces moves to the end.
        vocabulary.tokens[4] = "thtt"
        vocabulary.tokens.append("%")
        vocabulary.kinds.append(1)
        vocabulary.tokens[97] = "tht"
        vocabulary.merges = ["t h", "th t"]
        vocabulary.preTokenizer = "qwen2"
        #expect(try Tokenizer(vocabulary: vocabulary).encode("thtt").count == 2)
        vocabulary.preTokenizer = "llama-bpe"
        #expect(try Tokenizer(vocabulary: vocabulary).encode("thtt") == [4])
    }

    @Test("Unknown and unused tokens never come from text nor add to it")
    func silentKinds() throws {
        let tokenizer = try Tokenizer(vocabulary: VocabularyTests.small)
        let ids = tokenizer.encode("<unk><7>", controlTokens: .parse)
        #expect(ids.map(tokenizer.text) == "<unk><7>".map(String.init))
        #expect(tokenizer.isControl(102) && tokenizer.isControl(103))
        #expect(tokenizer.decode([102, 0, 103]) == "!")
    }

    @Test("What is wrong is named")
    func faults() {
        #expect(error { $0.preTokenizer = "tekken" } == .unsupportedPreTokenizer("tekken"))
        #expect(error { $0.kinds.removeLast() } == .kindCount(kinds: 103, tokens: 104))
        #expect(error { $0.kinds[5] = 6 } == .unsupportedKind(6, token: 5))
        #expect(error { $0.tokens[97] = "t e" } == .unreadableToken("t e", token: 97))
        #expect(error { $0.tokens[97] = "天" } == .unreadableToken("天", token: 97))
        #expect(error { $0.tokens[98] = "" } == .unreadableToken("", token: 98))
        #expect(error { $0.tokens[97] = "th" } == .duplicateToken("th", first: 96, second: 97))
        let end = "<|im_end|>"
        #expect(error { $0.tokens[98] = end } == .duplicateToken(end, first: 98, second: 99))
        #expect(error { $0.tokens[0] = "!!" } == .missingByte(0x21))
        #expect(error { $0.tokens[94] = "ĊĊ" } == .missingByte(0x0A))
        let opening = "beginning-of-text"
        #expect(error { $0.beginningOfText = 104 } == .idOutOfRange(name: opening, id: 104, tokens: 104))
        #expect(error { $0.endOfText = -1 } == .idOutOfRange(name: "end-of-text", id: -1, tokens: 104))
    }

    @Test(
        "A merge is two tokens and a space",
        arguments: ["", " ", "th", "t ", " h", "t h e", "天 h", "t  h"])
    func malformedMerges(merge: String) {
        #expect(error { $0.merges[1] = merge } == .malformedMerge(merge, merge: 1))
    }

    @Test("Merges join tokens into tokens, once")
    func merges() {
        #expect(error { $0.merges[1] = "th ex" } == .unknownTokenInMerge("ex", merge: 1))
        #expect(error { $0.merges[1] = "th i" } == .unknownTokenInMerge("thi", merge: 1))
        #expect(error { $0.merges.append("t h") } == .duplicateMerge("t h", merge: 2))
    }

    @Test("A control token is not made by merges")
    func mergedControlToken() {
        #expect(error { $0.kinds[97] = 3 } == .unknownTokenInMerge("the", merge: 1))
    }

    @Test("A file without a template speaks ChatML, where it has the tokens for that")
    func template() throws {
        var vocabulary = VocabularyTests.small
        let template = try ChatTemplate(Tokenizer(vocabulary: vocabulary))
        #expect(template.endOfTurn == 99 && template.startOfTurn == 98)
        #expect(template.opening(of: [ChatMessage(role: .user, content: "")]).isEmpty)
        vocabulary.tokens[99] = "<|end|>"
        let tokenizer = try Tokenizer(vocabulary: vocabulary)
        #expect(throws: TokenizerError.noChatTemplate) { try ChatTemplate(tokenizer) }
        vocabulary.chatTemplate = "{{ strftime_now('\u{1B}') }}"
        let error = #expect(throws: TokenizerError.self) {
            try ChatTemplate(Tokenizer(vocabulary: vocabulary))
        }
        #expect(error?.description.contains("tokenizer.chat_template") == true)
    }

    @Test("Nothing from the file reaches the terminal raw")
    func escaping() {
        let text = "\u{1B}[2J\u{9B}5m\u{202E}" + String(repeating: "x", count: 1000)
        let shown = TokenizerError.malformedMerge(text, merge: 3).description
        #expect(shown.utf8.allSatisfy { (0x20...0x7E).contains($0) || $0 >= 0x80 })
        #expect(shown.contains("\\u{1B}[2J\\u{009B}5m\\u{202E}xxx"))
        #expect(shown.utf8.count < 300)
    }
}
