import Foundation
import Testing
import Tokenization

@Suite("The same tokens as Hugging Face's tokenizers")
struct HuggingFaceIdentityTests {
    @Test("Over ten thousand varied lines, control tokens being text")
    func lines() throws {
        let tokenizer = try Fixture.tokenizer()
        let rows = try Fixture.rows(of: "lines.tsv", String.self)
        #expect(rows.count >= 10_000)
        for (ids, text) in rows where tokenizer.encode(text) != ids {
            Issue.record("\(text.debugDescription): \(tokenizer.encode(text)), expected \(ids)")
        }
    }

    @Test("Control tokens parsed")
    func parsed() throws {
        let tokenizer = try Fixture.tokenizer()
        let rows = try Fixture.rows(of: "parsed.tsv", String.self)
        #expect(rows.count >= 200)
        for (ids, text) in rows {
            #expect(tokenizer.encode(text, controlTokens: .parse) == ids, "\(text.debugDescription)")
        }
    }

    @Test("Conversations, encoded there as one rendered text")
    func conversations() throws {
        let template = try ChatTemplate(Fixture.tokenizer())
        let rows = try Fixture.rows(of: "conversations.tsv", Conversation.self)
        #expect(rows.count >= 40)
        for (ids, talk) in rows {
            let tokens = template.tokens(
                for: talk.messages, addingGenerationPrompt: talk.addsGenerationPrompt)
            #expect(tokens == ids, "\(talk.messages)")
        }
    }

    @Test("Every scalar of Unicode is in the same class")
    func scalarClasses() throws {
        var expected = [ScalarClass](repeating: .other, count: 0x110000)
        for line in try Fixture.lines(of: "scalars.txt") {
            let parts = line.split(separator: " ")
            let first = try #require(Int(parts[1], radix: 16))
            let last = try #require(Int(parts[2], radix: 16))
            let kind = try #require(["L": ScalarClass.letter, "N": .number, "S": .whitespace][parts[0]])
            for code in first...last { expected[code] = kind }
        }
        for code in expected.indices {
            guard let scalar = Unicode.Scalar(UInt32(code)) else { continue }
            // An older standard library may not know the newest characters yet.
            guard code < 0x80 || scalar.properties.age != nil else { continue }
            if ScalarClass(scalar) != expected[code] {
                Issue.record("U+\(String(code, radix: 16)) should be \(expected[code])")
            }
        }
    }
}

/// A row of conversations.tsv: whether a reply is asked for, then role and content of each message.
private struct Conversation: Decodable {
    var addsGenerationPrompt: Bool
    var messages: [ChatMessage] = []

    init(from decoder: any Decoder) throws {
        var row = try decoder.unkeyedContainer()
        addsGenerationPrompt = try row.decode(Bool.self)
        while !row.isAtEnd {
            let pair = try row.decode([String].self)
            let role = try #require(ChatMessage.Role(rawValue: pair[0]))
            messages.append(ChatMessage(role: role, content: pair[1]))
        }
    }
}
