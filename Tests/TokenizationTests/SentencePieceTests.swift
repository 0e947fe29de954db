import Foundation
import TestSupport
import Testing
import Tokenization

@Suite("Pieces of text")
struct SentencePieceTests {
    private static let vocabulary = Result { try Fixture.pieces() }

    private func tokenizer(_ change: (inout TokenizerVocabulary) -> Void = { _ in }) throws -> Tokenizer {
        var vocabulary = try SentencePieceTests.vocabulary.get()
        change(&vocabulary)
        return try Tokenizer(vocabulary: vocabulary)
    }

    @Test("The same ids as SentencePiece's over ten thousand varied lines")
    func identity() throws {
        let tokenizer = try tokenizer()
        let lines = try Fixture.allLines()
        let expected = try Fixture.lines(of: "pieces.txt")
        let blocks = LineBlocks.hashes(of: lines) { line in tokenizer.encode(line).map { UInt32($0) + 1 } }
        #expect(blocks.count == expected.count)
        for (index, (block, wanted)) in zip(blocks, expected).enumerated() where block != wanted {
            Issue.record("lines \(100 * index) to \(100 * index + 99) are encoded otherwise")
        }
    }

    @Test("All text comes back, whole and streamed")
    func roundTrip() throws {
        let tokenizer = try tokenizer()
        for line in try Fixture.allLines() where !line.unicodeScalars.contains("\u{2581}") {
            let ids = tokenizer.encode(line)
            #expect(tokenizer.decode(ids).utf8.elementsEqual(line.utf8))
            var detokenizer = StreamingDetokenizer(tokenizer)
            let parts = ids.map { detokenizer.append($0) } + [detokenizer.finish()]
            #expect(parts.joined().utf8.elementsEqual(line.utf8))
        }
    }

    @Test("What is no piece goes byte by byte")
    func byteFallback() throws {
        let tokenizer = try tokenizer()
        let ids = tokenizer.encode("字", continuing: true)
        #expect(ids == "字".utf8.map { Int32($0) + 3 })
        var detokenizer = StreamingDetokenizer(tokenizer)
        #expect(ids.map { detokenizer.append($0) } == ["", "", "字"])
    }

    @Test("A space stands in front of a text, but not of one that goes on after another")
    func spaceInFront() throws {
        let tokenizer = try tokenizer()
        #expect(tokenizer.text(of: tokenizer.encode("the")[0]).hasPrefix(" "))
        #expect(!tokenizer.text(of: tokenizer.encode("the", continuing: true)[0]).hasPrefix(" "))
        #expect(tokenizer.encode("").isEmpty)
        let plain = try self.tokenizer { $0.addsSpaceInFront = false }
        #expect(plain.encode("the") == tokenizer.encode("the", continuing: true))
        #expect(plain.decode(plain.encode(" the")) == " the")
        var detokenizer = StreamingDetokenizer(tokenizer, continuing: true)
        #expect(tokenizer.encode(" the").map { detokenizer.append($0) }.joined() == "  the")
    }

    @Test("A space stands in front of what follows a special token, too")
    func afterSpecial() throws {
        let tokenizer = try tokenizer()
        let ids = tokenizer.encode("a</s>a", controlTokens: .parse)
        #expect(ids == tokenizer.encode("a") + [2] + tokenizer.encode("a"))
        #expect(!tokenizer.encode("a</s>a").contains(2))
    }

    @Test("Texts are opened where the file says so, or says nothing")
    func opening() throws {
        #expect(try tokenizer().startOfText == 1)
        #expect(try tokenizer().addsBeginningOfText)
        #expect(try !tokenizer { $0.addsBeginningOfText = false }.addsBeginningOfText)
        #expect(try !tokenizer { $0.beginningOfText = nil }.addsBeginningOfText)
        #expect(try tokenizer().endings == [2])
    }

    @Test("A token that ends a turn is never made of text, whatever the file calls it")
    func promoted() throws {
        let tokenizer = try tokenizer { $0.kinds[2] = 4 }
        #expect(!tokenizer.encode("a</s>").contains(2))
        #expect(tokenizer.isControl(2))
    }

    @Test("What is wrong is named")
    func faults() throws {
        let vocabulary = try SentencePieceTests.vocabulary.get()
        func error(_ change: (inout TokenizerVocabulary) -> Void) -> TokenizerError? {
            var vocabulary = vocabulary
            change(&vocabulary)
            do {
                _ = try Tokenizer(vocabulary: vocabulary)
                return nil
            } catch {
                return error
            }
        }
        #expect(error { $0.scores.removeLast() } == .scoreCount(scores: 899, tokens: 900))
        #expect(error { $0.scores[7] = .nan } == .unusableScore(token: 7))
        #expect(error { $0.kinds[13] = 1 } == .missingByteToken(10))
        #expect(error { $0.tokens[13] = "<0xZZ>" } == .unreadableToken("<0xZZ>", token: 13))
        #expect(error { $0.tokens[300] = "" } == .unreadableToken("", token: 300))
        #expect(error { $0.kinds[300] = 0 } == .unsupportedKind(0, token: 300))
        #expect(throws: TokenizerError.unsupportedModel("rwkv")) { try TokenizerModel(named: "rwkv") }
        #expect(TokenizerError.unsupportedModel("rwkv").description.contains("tokenizer.ggml.model"))
    }

    @Test(
        "A megabyte of one letter takes no more than its length times its logarithm", .timeLimit(.minutes(1)))
    func longText() throws {
        let text = String(repeating: "a", count: 1 << 20)
        let tokenizer = try tokenizer()
        #expect(tokenizer.decode(tokenizer.encode(text)) == text)
    }
}
