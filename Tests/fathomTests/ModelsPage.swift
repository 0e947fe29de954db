import Foundation
import GGUF
import MoDModel
import TestSupport
import Tokenization

/// What MODELS.md says: every family, tokenizer, chat template and matrix type there is, and the tests that show each.
enum ModelsPage {
    /// A row of a table: a name, what it is, and tests, `Suite.function`.
    struct Row {
        var name: String
        var meaning: String
        var tests: [String]
    }

    /// A family as its row names it.
    struct Family: Sendable, CustomStringConvertible {
        var architecture: String
        var hasExperts = false
        var models: String

        var description: String {
            hasExperts && architecture == "llama" ? "llama with experts" : architecture
        }
    }

    /// A tokenizer as its row names it; `rule` cuts text into words where bytes are merged.
    struct Tokenizer: Sendable {
        var model: TokenizerModel
        var rule: String?
        var models: String
    }

    /// The families there are.
    static let families = [
        Family(
            architecture: "llama",
            models: "SmolLM2, TinyLlama, Llama 2 and 3, Mistral without a sliding window"),
        Family(architecture: "llama", hasExperts: true, models: "Mixtral"),
        Family(architecture: "qwen2", models: "Qwen2, Qwen2.5"),
        Family(architecture: "qwen2moe", hasExperts: true, models: "Qwen1.5-MoE, Qwen2-MoE"),
        Family(architecture: "qwen3", models: "Qwen3"),
        Family(architecture: "qwen3moe", hasExperts: true, models: "Qwen3-MoE"),
    ]

    /// The tokenizers there are.
    static let tokenizers = [
        Tokenizer(model: .bytePairs, rule: "default", models: "files made without a rule"),
        Tokenizer(model: .bytePairs, rule: "gpt-2", models: "GPT-2"),
        Tokenizer(model: .bytePairs, rule: "llama-bpe", models: "Llama 3"),
        Tokenizer(model: .bytePairs, rule: "qwen2", models: "Qwen2, Qwen3"),
        Tokenizer(model: .bytePairs, rule: "smollm", models: "SmolLM2"),
        Tokenizer(
            model: .sentencePiece, models: "SentencePiece: Llama 2, TinyLlama, Mistral, Mixtral, Phi-3, Gemma"
        ),
    ]

    /// The chat templates that are among the fixtures, by name.
    static func templates() throws -> [(name: String, source: String)] {
        struct Template: Decodable {
            var name: String
            var template: String
        }
        let path = tests.appending(path: "TokenizationTests/Fixtures/templates.jsonl")
        return try Data(contentsOf: path).split(separator: UInt8(ascii: "\n")).map {
            let row = try JSONDecoder().decode(Template.self, from: $0)
            return (row.name, row.template)
        }
    }

    /// The types that a matrix may be stored in: those that can be turned into floats.
    static func types() throws -> [GGMLType] {
        let directory = try TemporaryDirectory()
        let path = directory.url.appending(path: "types.gguf").path
        var writer = GGUFWriter()
        for type in GGMLType.allCases {
            try writer.add(name: "\(type)", shape: [256], type: type) { _ in }
        }
        try writer.write(to: path)
        return try GGUFFile(path: path).tensors.filter { (try? $0.floats()) != nil }.map(\.type)
    }

    /// The folder of all tests.
    static let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()

    /// The page's tables, by the name that stands in front of each.
    static func tables() throws -> [(name: String, heading: String, rows: [Row])] {
        let combinations = "CombinationTests.answers"
        let families = families.map { family in
            Row(
                name: "\(family)", meaning: family.models,
                tests: ["LlamaCppTests.agreement", "FamilyTests.opens", "ReferenceTests.agreement"]
                    + (family.hasExperts ? ["SkippingTests.rows"] : ["ModelFilesTests.families"])
                    + [combinations])
        }
        let tokenizers = tokenizers.map { tokenizer in
            let own =
                switch (tokenizer.model, tokenizer.rule) {
                case (.sentencePiece, _): ["SentencePieceTests.identity", "VocabularyFileTests.lines"]
                case (.bytePairs, "smollm"): ["HuggingFaceIdentityTests.lines", "PreTokenizerTests.lines"]
                case (.bytePairs, _): ["PreTokenizerTests.lines", "VocabularyFileTests.lines"]
                }
            return Row(
                name: tokenizer.rule ?? tokenizer.model.rawValue, meaning: tokenizer.models,
                tests: own + [combinations])
        }
        let templates = try templates().map { template in
            let layout = try ChatLayout(template: template.source, beginning: "<s>", end: "</s>")
            return Row(
                name: template.name,
                meaning: layout.systemIsMessage ? "a message of its own" : "in the user's first message",
                tests: ["ChatLayoutTests.identity", combinations])
        }
        let types = try types().map { type in
            Row(
                name: "\(type)".uppercased(),
                meaning: type == .q8_0 ? "read in place" : "converted when opened",
                tests: [
                    "DequantizeTests.agreesWithTheReference", "PythonTests.whatPythonWritesWeRead",
                    combinations,
                ])
        }
        return [
            ("families", "| family | models | shown by |", families),
            ("tokenizers", "| tokenizer | models | shown by |", tokenizers),
            ("templates", "| chat template | a system prompt | shown by |", templates),
            ("types", "| matrices | are | shown by |", types),
        ]
    }

    /// A table as the page has it.
    static func text(of rows: [Row], heading: String) -> String {
        let lines = rows.map { row in
            "| \(row.name) | \(row.meaning) | \(row.tests.map { "`\($0)`" }.joined(separator: ", ")) |"
        }
        return ([heading, "|---|---|---|"] + lines).map { $0 + "\n" }.joined()
    }
}
