import TestSupport
import Testing
import Tokenization

@Suite("Streaming detokenizer")
struct StreamingDetokenizerTests {
    let tokenizer: Tokenizer

    init() throws {
        tokenizer = try Fixture.tokenizer()
    }

    /// The parts that come out, the last one from `finish`.
    private func stream(_ ids: [Int32]) -> [String] {
        var detokenizer = StreamingDetokenizer(tokenizer)
        return ids.map { detokenizer.append($0) } + [detokenizer.finish()]
    }

    @Test("The parts put together are the whole, whatever the tokens")
    func anyTokens() {
        var random = SeededGenerator(seed: 2)
        for round in 0..<2000 {
            // Single bytes, so that sequences break off, overlap and go wrong in every way.
            let ids: ClosedRange<Int32> = round.isMultiple(of: 2) ? 0...251 : 0...49_151
            let tokens = (0..<20).map { _ in Int32.random(in: ids, using: &random) }
            let parts = stream(tokens)
            #expect(parts.joined().utf8.elementsEqual(tokenizer.decode(tokens).utf8))
        }
    }

    @Test("Well-formed text comes in whole scalars, as early as possible")
    func wholeScalars() {
        var random = SeededGenerator(seed: 3)
        for _ in 0..<500 {
            let text = random.text(upTo: 20)
            let ids = tokenizer.encode(text)
            let parts = stream(ids)
            #expect(parts.joined().utf8.elementsEqual(text.utf8))
            #expect(parts.last?.isEmpty == true)
            // After each token, all that is held back is an incomplete scalar: fewer than four bytes.
            var received = 0
            for (count, part) in parts.dropLast().enumerated() {
                received += part.utf8.count
                let prefix = tokenizer.decode(ids[...count]).unicodeScalars
                let broken = text.unicodeScalars.starts(with: prefix) ? 0 : 1
                #expect(received == String(prefix.dropLast(broken)).utf8.count)
            }
        }
    }

    @Test("A family arrives in scalars that join to one character")
    func family() {
        let parts = stream(tokenizer.encode("👩🏿‍🚀 go"))
        #expect(!parts.contains { $0.unicodeScalars.contains("\u{FFFD}") })
        #expect(parts.joined() == "👩🏿‍🚀 go")
    }

    @Test("A text that breaks off ends with one replacement character, and the next one starts afresh")
    func breaksOff() throws {
        var detokenizer = StreamingDetokenizer(tokenizer)
        let bytes = try "\u{20AC}".utf8.dropLast().map { try #require(byteToken($0)) }
        #expect(bytes.map { detokenizer.append($0) } == ["", ""])
        #expect(detokenizer.append(2).isEmpty)
        #expect(detokenizer.finish() == "\u{FFFD}")
        #expect(detokenizer.append(try #require(byteToken(UInt8(ascii: "a")))) == "a")
    }

    /// The token of one byte, found without the encoder: a text of the byte alone is not UTF-8.
    private func byteToken(_ byte: UInt8) -> Int32? {
        let alphabet: [UInt8: Character] = [0xE2: "â", 0x82: "Ĥ", 0x61: "a"]
        guard let letter = alphabet[byte] else { return nil }
        return Fixture.vocabulary.tokens.firstIndex(of: String(letter)).map(Int32.init)
    }
}
