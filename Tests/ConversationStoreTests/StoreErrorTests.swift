import ConversationStore
import Testing

@Suite("Errors are told in one line that says what to do")
struct StoreErrorTests {
    static let path = "/home/a/.local/share/fathom/conversations.sqlite"
    static let all: [StoreError] = [
        .unusableFolder(path: path, reason: "why"), .cannotOpen(path: path, reason: "why"),
        .damaged(path: path, reason: "why"), .foreign(path: path), .newer(path: path), .locked(path: path),
        .readOnly(path: path), .full(path: path), .failed(path: path, reason: "why"),
    ]

    @Test("Each names the file and a way on", arguments: all)
    func words(_ error: StoreError) {
        #expect(error.description.contains(Self.path))
        // What is wrong, and what to do.
        #expect(error.description.contains(/\. [A-Z][^.]+\.$/), "\(error)")
    }

    @Test("A missing conversation is told by its number")
    func missing() {
        #expect(StoreError.noSuchConversation(id: 12).description == "There is no conversation 12.")
    }

    @Test("Control characters in a path do not reach the terminal")
    func controlCharacters() {
        let line = StoreError.foreign(path: "/a\n\u{1B}[31m\u{202E}b").description
        #expect(line.hasPrefix("/a\u{FFFD}\u{FFFD}[31m\u{FFFD}b is a database"))
    }
}
