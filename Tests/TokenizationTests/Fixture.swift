import Foundation
import TestSupport
import Tokenization

/// The committed fixtures: SmolLM2's vocabulary, and what Hugging Face's `tokenizers` makes of varied text
/// with it.
///
/// `Fixtures/make_fixture.py` made them and describes their form.
enum Fixture {
    /// SmolLM2's vocabulary.
    static let vocabulary: TokenizerVocabulary = {
        let parts = (try? lines(of: "vocabulary.txt")).map {
            $0.split(separator: "", maxSplits: 2, omittingEmptySubsequences: false).map(Array.init)
        }
        guard let parts, parts.count == 3, let alphabet = parts[1].first else {
            return TokenizerVocabulary(tokens: [], kinds: [], merges: [], preTokenizer: "")
        }
        let ordinary = alphabet.map(String.init) + parts[2].map { $0.replacing(" ", with: "") }
        return TokenizerVocabulary(
            tokens: parts[0] + ordinary,
            kinds: parts[0].map { _ in 3 } + ordinary.map { _ in 1 },
            merges: parts[2], preTokenizer: "smollm", beginningOfText: 1, endOfText: 2,
            chatTemplate: chatTemplate)
    }()

    /// SmolLM2's chat template.
    static let chatTemplate = """
        {% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}{{ '<|im_start|>system
        You are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>
        ' }}{% endif %}{{'<|im_start|>' + message['role'] + '
        ' + message['content'] + '<|im_end|>' + '
        '}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant
        ' }}{% endif %}
        """

    private static let shared = Result { try Tokenizer(vocabulary: vocabulary) }

    /// The tokenizer of that vocabulary.
    static func tokenizer() throws -> Tokenizer {
        try shared.get()
    }

    /// The lines of a fixture file.
    static func lines(of name: String) throws -> [String] {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")
        let data = try Data(contentsOf: folder.appending(path: name))
        return data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast()
            .map { String(decoding: $0, as: UTF8.self) }
    }

    /// The texts of lines.tsv and those of extra.tsv.
    static func allLines() throws -> [String] {
        try rows(of: "lines.tsv", String.self).map(\.subject)
            + lines(of: "extra.tsv").map { try JSONDecoder().decode(String.self, from: Data($0.utf8)) }
    }

    /// The small SentencePiece vocabulary of pieces.tsv.
    static func pieces() throws -> TokenizerVocabulary {
        let rows = try lines(of: "pieces.tsv").map {
            $0.split(separator: "\t", maxSplits: 2, omittingEmptySubsequences: false)
        }
        return TokenizerVocabulary(
            pieces: try rows.map { try JSONDecoder().decode(String.self, from: Data($0[2].utf8)) },
            kinds: rows.compactMap { Int32($0[0]) }, scores: rows.compactMap { Float($0[1]) },
            beginningOfText: 1, endOfText: 2)
    }

    /// The rows of a fixture file of token ids and a subject in JSON.
    static func rows<Subject: Decodable>(
        of name: String, _ type: Subject.Type
    ) throws -> [(ids: [Int32], subject: Subject)] {
        try lines(of: name).map { line in
            let parts = line.split(separator: "\t", maxSplits: 1, omittingEmptySubsequences: false)
            let ids = parts[0].split(separator: " ").compactMap { Int32($0, radix: 16) }
            return (ids, try JSONDecoder().decode(Subject.self, from: Data(parts[1].utf8)))
        }
    }
}

extension SeededGenerator {
    /// Text of up to `length` scalars from all of Unicode, plain ASCII being likelier, that SmolLM2 can
    /// write.
    mutating func text(upTo length: Int) -> String {
        var scalars = String.UnicodeScalarView()
        for _ in 0..<Int.random(in: 0...length, using: &self) {
            let last: UInt32 = [0x7F, 0x7F, 0x2FF, 0xFFFF, 0x10FFFF].randomElement(using: &self) ?? 0x7F
            guard let scalar = Unicode.Scalar(UInt32.random(in: 0...last, using: &self)) else { continue }
            if !SeededGenerator.unwritable(scalar) { scalars.append(scalar) }
        }
        return String(scalars)
    }

    /// SmolLM2 has no token for six control characters and the lead bytes F1 and F2.
    private static func unwritable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x04, 0x06, 0x13, 0x14, 0x16, 0x1D, 0x40000...0xBFFFF: true
        default: false
        }
    }
}
