import ConversationStore
import Conversations
import Testing

@Suite("The title is one printable line from the user's first message")
struct TitleTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func title(of messages: NewMessage...) async throws -> String {
        let store = try folder.store()
        let id = try await store.create(modelName: "m", first: messages[0]).id
        for message in messages.dropFirst() { try await store.append(message, to: id) }
        return try await store.load(id).stored.title
    }

    @Test(
        "White space and control characters become single spaces",
        arguments: [
            ("  a \n\n b\tc ", "a b c"),
            ("a\u{1B}]0;evil\u{7}b", "a ]0;evil b"),
            ("a\u{202E}b\u{2028}c\u{9B}d", "a b c d"),
            ("a\0b", "a b"),
            ("👩‍👩‍👧‍👦 हिन्दी", "👩‍👩‍👧‍👦 हिन्दी"),
            ("", ""),
            (" \n ", ""),
            (String(repeating: "x", count: 72), String(repeating: "x", count: 72)),
            (String(repeating: "x", count: 73), String(repeating: "x", count: 71) + "…"),
        ])
    func cleaning(message: String, expected: String) async throws {
        #expect(try await title(of: .user(message)) == expected)
    }

    @Test("Marks piled on one character do not make a title long")
    func combiningMarks() async throws {
        let title = try await title(of: .user("abc d" + String(repeating: "\u{301}", count: 100_000)))
        #expect(title.unicodeScalars.count <= 4 * 72)
        #expect(title.hasPrefix("abc"))
    }

    @Test("It comes from the first message of the user and stays")
    func source() async throws {
        #expect(try await title(of: .user("one"), .reply("two"), .user("three")) == "one")
        #expect(try await title(of: .reply("Hello."), .user("one"), .user("two")) == "one")
        #expect(try await title(of: .reply("Hello.")) == "")
    }
}
