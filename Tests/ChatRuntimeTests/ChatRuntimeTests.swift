import ChatInterface
import ChatRuntime
import ConversationStore
import Conversations
import Foundation
import GRDB
import TerminalKit
import TestSupport
import Testing

/// The loop, the archive and the engine together.
@Suite(.timeLimit(.minutes(2))) struct ChatRuntimeTests {
    private let folder: TemporaryDirectory
    private let store: ConversationStore

    init() throws {
        folder = try TemporaryDirectory()
        store = try ConversationStore(folder: folder.url.path)
    }

    private func kept() async throws -> [Conversation] {
        var all: [Conversation] = []
        for stored in try await store.conversations() {
            all.append(try await store.load(stored.id).conversation)
        }
        return all
    }

    /// Waits until the newest conversation has so many messages.
    private func waitForMessages(_ count: Int) async throws {
        while try await kept().first?.messages.count != count { try await Task.sleep(for: .milliseconds(2)) }
    }

    @Test("What is said is kept, with its routing, and what is said before leaving, too")
    func keeps() async throws {
        let chat = try await Chat(keptIn: folder.url)
        try await chat.ask("one")
        chat.say("two")
        await chat.leave()
        let conversation = try #require(try await kept().first)
        let roles = conversation.branch.map(\.role)
        #expect(Array(roles.prefix(3)) == [.user, .assistant, .user])
        #expect(conversation.branch.map(\.text).first == "one")
        let reply = try #require(conversation.messages.first { $0.role == .assistant })
        #expect(reply.sampling?.temperature == 0 && reply.capacity == 1)
        #expect(abs(reply.date.timeIntervalSinceNow) < 60)
        let id = try #require(try await store.latest()).id
        #expect(try await store.trace(of: reply.id, in: id) != nil)
    }

    @Test("A reply made anew stands beside the old one, and a new conversation apart")
    func branches() async throws {
        let chat = try await Chat(keptIn: folder.url)
        try await chat.ask("one")
        chat.say("/retry")
        try await waitForMessages(3)
        chat.say("/clear")
        try await chat.screen.wait(for: "a new conversation") { !$0.contains("you ") }
        try await chat.ask("other")
        await chat.leave()
        let all = try await kept()
        #expect(all.count == 2)
        #expect(all[0].branch.map(\.text).first == "other" && all[0].systemPrompt == "the")
        #expect(all[1].messages.map { $0.parent?.rawValue } == [nil, 1, 1])
        #expect(all[1].branch.count == 2)
    }

    @Test("No key waits for the disk")
    func keysDoNotWait() async throws {
        let chat = try await Chat(keptIn: folder.url)
        try await chat.ask("one")
        try await waitForMessages(2)
        // Another program has the database for longer than anybody would wait for a key.
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        configuration.busyMode = .timeout(10)
        let other = try DatabaseQueue(path: store.path, configuration: configuration)
        try await other.writeWithoutTransaction { db in try db.execute(sql: "BEGIN EXCLUSIVE") }
        chat.say("two")
        try await chat.screen.wait(for: "the reply", limit: .seconds(3)) {
            $0.hasAsked("two") && !$0.contains("▌")
        }
        chat.press(.character("x"))
        try await chat.screen.wait(for: "the key", limit: .seconds(1)) { $0.contains("> x") }
        try await other.writeWithoutTransaction { db in try db.execute(sql: "COMMIT") }
        chat.press(.backspace)
        await chat.leave()
        #expect(try await kept().first?.branch.count == 4)
    }

    @Test("Two chats on one conversation: the second goes on as a copy, and nothing of the first is changed")
    func fork() async throws {
        let first = try await Chat(keptIn: folder.url)
        try await first.ask("one")
        await first.leave()
        let id = try #require(try await store.latest()).id
        let (mine, theirs) = (
            try await Chat(keptIn: folder.url, goingOnWith: id),
            try await Chat(keptIn: folder.url, goingOnWith: id)
        )
        try await mine.ask("mine")
        try await theirs.ask("theirs")
        try await theirs.screen.wait(for: "the notice") { $0.contains("Another chat went on") }
        theirs.say("/retry")
        try await waitForMessages(5)
        await theirs.leave()
        await mine.leave()
        let all = try await kept()
        #expect(all.count == 2)
        let questions = all.map { conversation in
            conversation.branch.filter { $0.role == .user }.map(\.text)
        }
        #expect(Set(questions) == [["one", "mine"], ["one", "theirs"]])
        let copy = try #require(try await store.conversations().first { $0.id != id }).id
        #expect(try await store.trace(of: Message.ID(rawValue: 2), in: copy) != nil)
    }

    @Test("A first message that is refused leaves nothing behind, and the next begins a conversation")
    func refused() async throws {
        let chat = try await Chat(keptIn: folder.url)
        chat.paste(String(repeating: "long ", count: 400))
        chat.press(.enter)
        try await chat.screen.wait(for: "the refusal") { $0.contains("has at least") }
        while try await !store.conversations().isEmpty { try await Task.sleep(for: .milliseconds(2)) }
        chat.press(.character("u"), .control)
        try await chat.ask("short")
        #expect(!chat.screen.text.contains("elsewhere"))
        await chat.leave()
        #expect(try await kept().map { $0.branch.map(\.text).first } == ["short"])
    }

    @Test("What goes wrong while the last messages are kept is told")
    func untold() async throws {
        let chat = try await Chat(keptIn: folder.url)
        try await chat.ask("one")
        try await waitForMessages(2)
        try await store.delete(try #require(try await store.latest()).id)
        chat.say("two")
        let notices = await chat.leave()
        #expect(
            notices.contains { $0.text.contains("deleted elsewhere") }
                || chat.screen.text.contains("elsewhere"))
    }

    @Test("A conversation deleted elsewhere goes on as a new one")
    func deletedElsewhere() async throws {
        let chat = try await Chat(keptIn: folder.url)
        try await chat.ask("one")
        // The reply, too, must be kept, lest it be what makes the copy.
        try await waitForMessages(2)
        try await store.delete(try #require(try await store.latest()).id)
        try await chat.ask("two")
        await chat.leave()
        let all = try await kept()
        #expect(all.count == 1 && all[0].branch.filter { $0.role == .user }.map(\.text) == ["one", "two"])
    }

    @Test("A conversation is found, opened, gone on with, renamed and deleted, not the one that is open")
    func conversations() async throws {
        let first = try await Chat(keptIn: folder.url)
        try await first.ask("about apples")
        first.say("/clear")
        try await first.screen.wait(for: "a new conversation") { !$0.contains("you ") }
        try await first.ask("about pears")
        first.press(.character("o"), .control)
        try await first.screen.wait(for: "the list") {
            $0.contains("about apples") && $0.contains("about pears")
        }
        first.press(.delete)
        try await first.screen.wait(for: "the refusal") { $0.contains("You are in this conversation") }
        for character in "apples" { first.press(.character(character)) }
        try await first.screen.wait(for: "what was found") {
            let list = $0.split(separator: "\n").drop { !$0.contains("> apples") }
            return list.contains { $0.contains("about apples") }
                && !list.contains { $0.contains("about pears") }
        }
        first.press(.enter)
        try await first.screen.wait(for: "the conversation") { $0.hasAsked("about apples") }
        try await first.ask("and plums")
        first.press(.character("o"), .control)
        try await first.screen.wait(for: "the list") { $0.contains("about pears") }
        first.press(.down)
        first.press(.character("r"), .control)
        first.press(.character("u"), .control)
        for character in "Fruit" { first.press(.character(character)) }
        first.press(.enter)
        try await first.screen.wait(for: "the title") { $0.contains("Fruit") }
        first.press(.delete)
        try await first.screen.wait(for: "one less") { !$0.contains("Fruit") && $0.contains("bring back") }
        first.press(.escape)
        await first.leave()
        #expect(
            try await kept().map { $0.branch.filter { $0.role == .user }.map(\.text) } == [
                ["about apples", "and plums"]
            ])
    }

    @Test("What was asked in earlier sessions is recalled with Up")
    func recalls() async throws {
        let first = try await Chat(keptIn: folder.url)
        try await first.ask("from before")
        await first.leave()
        let second = try await Chat(keptIn: folder.url)
        try await second.screen.wait(for: "what was sent") { screen in
            second.press(.up)
            return screen.contains("> from before")
        }
        second.press(.character("u"), .control)
        await second.leave()
    }
}

extension Conversation {
    /// What was asked on the branch.
    fileprivate var questions: [String] { branch.filter { $0.role == .user }.map(\.text) }
}
