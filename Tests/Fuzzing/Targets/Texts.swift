import Foundation
import TestSupport
import Tokenization

extension FuzzTarget {
    /// Text into tokens and back, with a vocabulary of each kind; the first byte says which.
    static let tokenizer = FuzzTarget(
        name: "tokenizer",
        seeds: {
            (0..<UInt8(tokenizers.count)).map {
                Data([$0]) + Data("Hello, the world's 1234 <|im_end|> ▁ naïve 日本 👩‍👩‍👧\r\n\t  x".utf8)
            }
        }
    ) { bytes in
        var reader = InputReader(bytes)
        let (tokenizer, isOfPieces) = tokenizers[Int(reader.byte()) % tokenizers.count]
        let text = reader.text
        let ids = tokenizer.encode(text)
        require(ids.allSatisfy { $0 >= 0 && $0 < tokenizer.count }, "an id outside of the vocabulary")
        // A space is written as another character in pieces, which comes back as a space.
        let scalars = text.unicodeScalars.map { isOfPieces && $0 == "\u{2581}" ? " " : $0 }
        require(Array(tokenizer.decode(ids).unicodeScalars) == scalars, "other text came back")
        require(tokenizer.leastTokens(in: text) <= ids.count, "fewer tokens than the least")
        let parsed = tokenizer.encode(text, controlTokens: .parse, continuing: true)
        var stream = StreamingDetokenizer(tokenizer, continuing: true)
        let pieces = parsed.map { stream.append($0) } + [stream.finish()]
        require(!pieces.joined().utf8.contains(0xFF), "a piece is no text")
        // Any bytes as ids.
        let any = rawIDs(reader)
        var other = StreamingDetokenizer(tokenizer)
        let streamed = (any.map { other.append($0) } + [other.finish()]).joined()
        require(streamed == tokenizer.decode(any), "text in pieces is other text")
    }

    /// A vocabulary, in lines: the kind, the name of the rule, and a token in every line that follows, which begins
    /// with what the token is for.
    static let vocabulary = FuzzTarget(
        name: "vocabulary",
        seeds: {
            [
                "0llama-bpe\n1a\n1b\n1ab\n3<s>\n4 x", "1\n2<unk>\n3<s>\n6<0x41>\n1▁a\n1▁",
                "2smollm\n1h\n1e\n1he",
            ]
            .map { Data($0.utf8) }
        }
    ) { bytes in
        let text = InputReader(bytes).text
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)[...]
        let first = lines.popFirst() ?? ""
        let tokens = lines.map { String($0.dropFirst()) }
        let kinds = lines.map { Int32($0.utf8.first ?? 0) - 48 }
        var vocabulary: TokenizerVocabulary
        if first.hasPrefix("1") {
            let scores = tokens.indices.map { index in
                index % 7 == 3 && first.hasSuffix("!") ? Float.nan : -Float(index)
            }
            vocabulary = TokenizerVocabulary(pieces: tokens, kinds: kinds, scores: scores)
        } else {
            let merges = zip(tokens, tokens.dropFirst()).map { $0 + " " + $1 }
            vocabulary = TokenizerVocabulary(
                tokens: tokens, kinds: kinds, merges: first.hasPrefix("2") ? tokens : merges,
                preTokenizer: String(first.dropFirst()))
        }
        vocabulary.beginningOfText = tokens.count > 2 ? first.utf8.count : nil
        vocabulary.endOfText = tokens.isEmpty ? nil : tokens.count / 2
        vocabulary.chatTemplate = tokens.last
        guard let tokenizer = try? Tokenizer(vocabulary: vocabulary) else { return }
        let ids = tokenizer.encode(text, controlTokens: .parse)
        require(ids.allSatisfy { $0 >= 0 && $0 < tokenizer.count }, "an id outside of the vocabulary")
        _ = tokenizer.decode(ids)
        guard let template = try? ChatTemplate(tokenizer) else { return }
        _ = template.tokens(for: conversation, addingGenerationPrompt: true)
    }

    /// A chat template: an input is its source.
    static let template = FuzzTarget(
        name: "template",
        seeds: {
            [
                "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\\n' + message['content'] + "
                    + "'<|im_end|>' + '\\n'}}{% endfor %}{% if add_generation_prompt %}{{ 'a' }}{% endif %}",
                "{{ bos_token }}{% set ns = namespace(n=0) %}{% for m in messages if m.role != 'system' -%}"
                    + "{% if loop.first and (m.role == 'user') != (loop.index0 % 2 == 0) %}"
                    + "{{ raise_exception('no') }}{% endif %}{{ m.content | trim | upper }}"
                    + "{% set ns.n = ns.n + 1 %}{% else %}x{% endfor %}{{ ns.n ~ eos_token }}",
                "{% macro f(x, y=1) %}{{ x }}{{ y }}{% endmacro %}{{ f(messages[0]['content'][1:3], y=[1, 2][::-1]) }}"
                    + "{{ messages | length }}{{ {'a': 1}.items() | list | tojson }}{{ 'x' if false is defined else '' }}",
            ].map { Data($0.utf8) }
        }
    ) { bytes in
        let source = InputReader(bytes).text
        guard let template = try? JinjaTemplate(source) else { return }
        let rendered = try? template.render(
            conversation, addingGenerationPrompt: true, beginning: "<s>", end: "</s>")
        require((rendered?.utf8.count ?? 0) <= 64 << 20, "a template wrote without end")
        guard let layout = try? ChatLayout(template: source, beginning: "<s>", end: "</s>") else { return }
        // What the layout was learnt from holds for other messages.
        let text = layout.text(of: conversation, addingGenerationPrompt: true)
        for message in conversation {
            require(text.contains(message.content), "a message is missing")
        }
    }

    private static let conversation = [
        ChatMessage(role: .system, content: "Be kind."), ChatMessage(role: .user, content: "What is 1 + 1?"),
        ChatMessage(role: .assistant, content: "Two."), ChatMessage(role: .user, content: "Thank you"),
    ]

    private static func rawIDs(_ reader: InputReader) -> [Int32] {
        var reader = reader
        var ids: [Int32] = []
        while !reader.isEmpty, ids.count < 256 {
            ids.append(Int32(truncatingIfNeeded: Int(reader.byte()) << 8 | Int(reader.byte())) - 8)
        }
        return ids
    }

    /// Tokenizers of small vocabularies, and whether they are of pieces.
    private static let tokenizers: [(Tokenizer, isOfPieces: Bool)] = {
        let kinds = TinyModel.tokens.indices.map { Int32($0 < TinyModel.controlTokens.count ? 3 : 1) }
        var all = ["smollm", "llama-bpe", "qwen2", "gpt-2", "default"].map { rule in
            TokenizerVocabulary(
                tokens: TinyModel.tokens, kinds: kinds, merges: TinyModel.merges, preTokenizer: rule)
        }
        let bytes = (0..<256).map {
            "<0x" + ($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: true) + ">"
        }
        let pieces =
            ["<unk>", "<s>", "</s>"] + bytes + ["▁", "a", "e", "he", "l", "▁he", "ll", "▁hell", "o", "▁▁"]
        all += [true, false].map { spaceInFront in
            var vocabulary = TokenizerVocabulary(
                pieces: pieces, kinds: [2, 3, 3] + bytes.map { _ in 6 } + Array(repeating: 1, count: 10),
                scores: pieces.indices.map { -Float($0) }, beginningOfText: 1, endOfText: 2)
            vocabulary.addsSpaceInFront = spaceInFront
            return vocabulary
        }
        return all.compactMap { vocabulary in
            (try? Tokenizer(vocabulary: vocabulary)).map { ($0, vocabulary.model == .sentencePiece) }
        }
    }()
}
