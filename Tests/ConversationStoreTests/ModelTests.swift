import ConversationStore
import Conversations
import Foundation
import TestSupport
import Testing

/// What the store should do, in memory and by the simplest means.
private struct Model {
    struct Conversation: Equatable {
        var systemPrompt: String?
        /// Role, content, and the turn at which it was kept.
        var messages: [Message]
        var title: String { messages.first { $0.role == .user }?.content ?? "" }
    }

    struct Message: Equatable {
        var role: Conversations.Message.Role
        var content: String
        var turn: Int
    }

    var conversations: [Int64: Conversation] = [:]

    var newestFirst: [Int64] {
        conversations.sorted { ($0.value.messages.last?.turn ?? 0) > ($1.value.messages.last?.turn ?? 0) }
            .map(\.key)
    }
}

@Suite("Any sequence of operations leaves what the model says")
struct ModelTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test("Random operations", arguments: 1...6 as ClosedRange<UInt64>)
    func operations(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        var store = try folder.store()
        var model = Model()

        for turn in 0..<150 {
            let role: Conversations.Message.Role = Bool.random(using: &random) ? .user : .assistant
            let message = NewMessage(role: role, content: "word\(turn)")
            let kept = Model.Message(role: role, content: message.content, turn: turn)
            // Now and then a number that was never given or is no longer.
            let id = model.conversations.keys.sorted().randomElement(using: &random) ?? 0
            let target = Int.random(in: 0..<12, using: &random) == 0 ? id + 1000 : id
            let known = model.conversations[target] != nil
            do {
                switch Int.random(in: 0..<15, using: &random) {
                case 0, 1:
                    let prompt = Bool.random(using: &random) ? "prompt\(turn)" : nil
                    let created = try await store.create(modelName: "m", systemPrompt: prompt, first: message)
                    model.conversations[created.id] = .init(
                        systemPrompt: prompt, messages: [kept])
                case 2:
                    try await store.delete(target)
                    #expect(known)
                    model.conversations[target] = nil
                case 3...6:
                    #expect(try await store.removeLast(in: target) == known)
                    _ = model.conversations[target]?.messages.popLast()
                    if model.conversations[target]?.messages.isEmpty == true {
                        model.conversations[target] = nil
                    }
                case 7:
                    store = try folder.store()
                default:
                    try await store.append(message, to: target)
                    #expect(known)
                    model.conversations[target]?.messages.append(kept)
                }
            } catch {
                #expect(error as? StoreError == .noSuchConversation(id: target))
                #expect(!known)
            }
        }
        try await check(store, against: model)
    }

    private func check(_ store: ConversationStore, against model: Model) async throws {
        let listed = try await store.conversations()
        #expect(listed.map(\.id) == model.newestFirst)
        #expect(try await store.latest() == listed.first)
        for conversation in listed {
            let expected = try #require(model.conversations[conversation.id])
            let messages = try await store.load(conversation.id).conversation.messages
            #expect(messages.map(\.text) == expected.messages.map(\.content))
            #expect(messages.map(\.role) == expected.messages.map(\.role))
            #expect(conversation.systemPrompt == expected.systemPrompt)
            #expect(conversation.messageCount == expected.messages.count)
            #expect(conversation.title == expected.title)
        }
    }
}
