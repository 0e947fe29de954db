import Foundation
import TestSupport
import Testing
import Tokenization

@Suite("Text is cut into words as Hugging Face's tokenizers cut it")
struct PreTokenizerTests {
    @Test("Over ten thousand varied lines, by every rule", arguments: PreTokenizer.known.keys.sorted())
    func lines(name: String) throws {
        let rule = try #require(PreTokenizer.known[name])
        let expected = try #require(
            try Fixture.lines(of: "splits.txt").map { $0.split(separator: " ") }.first { $0[0] == name })
        let lines = try Fixture.allLines()
        #expect(lines.count >= 10_000)
        let blocks = LineBlocks.hashes(of: lines) { line in words(of: line, rule).map { UInt32($0.count) } }
        #expect(blocks.count == expected.count - 1)
        for (index, (block, wanted)) in zip(blocks, expected.dropFirst()).enumerated() where block != wanted {
            Issue.record("lines \(100 * index) to \(100 * index + 99) are cut otherwise")
        }
    }

    @Test("The words put together are the text", arguments: PreTokenizer.known.keys.sorted())
    func whole(name: String) throws {
        let rule = try #require(PreTokenizer.known[name])
        for line in try Fixture.allLines() {
            #expect(words(of: line, rule).joined().elementsEqual(line.utf8))
        }
    }

    @Test(
        "Numbers, contractions and line breaks, rule by rule",
        arguments: [
            ("gpt-2", "it'S 12345 a\n\n b", ["it", "'", "S", " 12345", " a", "\n\n", " b"]),
            ("smollm", "it's 123", ["it", "'s", " ", "1", "2", "3"]),
            ("llama-bpe", "it'S 12345 a\n\n b", ["it", "'S", " ", "123", "45", " a", "\n\n", " b"]),
            ("llama-bpe", "'ſo (a) !!\n x", ["'ſ", "o", " (", "a", ")", " !!\n", " x"]),
            ("qwen2", "it'LL 12", ["it", "'LL", " ", "1", "2"]),
            ("default", "it's 12345 $5.", ["it", "'", "s", " ", "123", "45", " ", "$", "5", "."]),
        ])
    func examples(name: String, text: String, expected: [String]) throws {
        let rule = try #require(PreTokenizer.known[name])
        #expect(words(of: text, rule).map { String(decoding: $0, as: UTF8.self) } == expected)
    }

    @Test("Patterns take numbers and punctuation for what they are", arguments: ["N", "P"])
    func patterns(kind: String) throws {
        var expected = [Bool](repeating: false, count: 0x110000)
        for parts in try Fixture.lines(of: "patterns.txt").map({ $0.split(separator: " ") })
        where parts[0] == kind {
            let first = try #require(Int(parts[1], radix: 16))
            let last = try #require(Int(parts[2], radix: 16))
            for code in first...last { expected[code] = true }
        }
        for code in expected.indices {
            guard let scalar = Unicode.Scalar(UInt32(code)) else { continue }
            // An older standard library may not know the newest characters yet.
            guard code < 0x80 || scalar.properties.age != nil else { continue }
            let found =
                kind == "P" ? ScalarClass.isPunctuation(scalar) : ScalarClass(inPattern: scalar) == .number
            if found != expected[code] { Issue.record("U+\(String(code, radix: 16)) is taken otherwise") }
        }
    }

    private func words(of text: String, _ rule: PreTokenizer) -> [[UInt8]] {
        var words: [[UInt8]] = []
        rule.forEachWord(of: Array(text.utf8)[...]) { words.append(Array($0)) }
        return words
    }
}
