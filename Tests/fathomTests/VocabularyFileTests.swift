import Foundation
import GGUF
import InferenceEngine
import TestSupport
import Testing
import Tokenization
import fathom

/// What `Tests/TokenizationTests/Fixtures/fetch_vocabularies.py` has fetched.
private enum VocabularyFiles {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    static let folder: URL? = {
        let named = ProcessInfo.processInfo.environment["FATHOM_TEST_VOCABULARIES"].map { URL(filePath: $0) }
        let folder = named ?? root.appending(path: ".model/vocabularies")
        return FileManager.default.fileExists(atPath: folder.path) ? folder : nil
    }()

    static let names = [
        "ggml-vocab-gpt-2", "ggml-vocab-llama-bpe", "ggml-vocab-qwen2", "ggml-vocab-llama-spm",
        "ggml-vocab-phi-3",
    ]

    static func text(_ name: String) throws -> String {
        let folder = try #require(folder)
        return try String(decoding: Data(contentsOf: folder.appending(path: name)), as: UTF8.self)
    }

    static func tokenizer(_ name: String) throws -> Tokenizer {
        let path = try #require(folder).appending(path: "\(name).gguf").path
        return try Tokenizer(vocabulary: TokenizerVocabulary(file: GGUFFile(path: path)))
    }

    /// The texts that the hashes are of.
    static func lines() throws -> [String] {
        let fixtures = root.appending(path: "Tests/TokenizationTests/Fixtures")
        func rows(_ name: String) throws -> [Data] {
            try Data(contentsOf: fixtures.appending(path: name)).split(separator: UInt8(ascii: "\n"))
        }
        return try rows("lines.tsv").map { row in
            let text = row[(row.firstIndex(of: UInt8(ascii: "\t")).map { $0 + 1 } ?? row.startIndex)...]
            return try JSONDecoder().decode(String.self, from: text)
        } + rows("extra.tsv").map { try JSONDecoder().decode(String.self, from: $0) }
    }
}

@Suite(
    "The vocabularies and templates that llama.cpp ships",
    .enabled(if: VocabularyFiles.folder != nil, "fetch_vocabularies.py has not fetched them"))
struct VocabularyFileTests {
    @Test("The ids of llama.cpp's own test texts", arguments: VocabularyFiles.names)
    func texts(name: String) throws {
        let tokenizer = try VocabularyFiles.tokenizer(name)
        let texts = try VocabularyFiles.text("\(name).gguf.inp").components(
            separatedBy: "\n__ggml_vocab_test__\n")
        let rows = try VocabularyFiles.text("\(name).gguf.out").split(
            separator: "\n", omittingEmptySubsequences: false)
        #expect(texts.count > 30 && rows.count >= texts.count - 1)
        for (text, row) in zip(texts, rows) {
            #expect(tokenizer.encode(text) == row.split(separator: " ").compactMap { Int32($0) }, "\(text)")
        }
    }

    @Test("Ten thousand lines, as tokenizers or llama.cpp encodes them", arguments: VocabularyFiles.names)
    func lines(name: String) throws {
        let tokenizer = try VocabularyFiles.tokenizer(name)
        let expected = try VocabularyFiles.text("\(name).lines").split(separator: "\n").map(String.init)
        let lines = try VocabularyFiles.lines()
        let blocks = LineBlocks.hashes(of: lines) { line in tokenizer.encode(line).map { UInt32($0) + 1 } }
        #expect(lines.count >= 10_000 && blocks.count == expected.count)
        for (index, (block, wanted)) in zip(blocks, expected).enumerated() where block != wanted {
            Issue.record("lines \(100 * index) to \(100 * index + 99) are encoded otherwise")
        }
    }

    /// Templates that put a system prompt into the last message of a conversation, wherever that ends.
    private static let moving = ["mistralai-Mistral-Nemo-Instruct-2407"]

    @Test("Prompts of every template that is not refused are jinja2's, a system prompt among them")
    func templates() throws {
        struct Row: Decodable {
            struct Talk: Decodable {
                var messages: [[String]]
                var text: String?
            }
            var name: String
            var template: String
            var talks: [Talk]
        }
        var known = 0
        for line in try VocabularyFiles.text("templates.jsonl").split(separator: "\n") {
            let row = try JSONDecoder().decode(Row.self, from: Data(line.utf8))
            guard let layout = try? ChatLayout(template: row.template, beginning: "<s>", end: "</s>") else {
                continue
            }
            known += 1
            for talk in row.talks {
                let conversation = talk.messages.compactMap { pair in
                    ChatMessage.Role(rawValue: pair[0]).map { ChatMessage(role: $0, content: pair[1]) }
                }
                // A prompt that the template puts into the last message stays in the first.
                let isLong = conversation[0].role == .system && conversation.count > 2
                guard let text = talk.text, !(isLong && Self.moving.contains(row.name)) else { continue }
                #expect(layout.text(of: conversation, addingGenerationPrompt: true) == text, "\(row.name)")
            }
        }
        #expect(known >= 55)
    }
}
