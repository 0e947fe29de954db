import ChatInterface
import ConversationStore
import Foundation
import InferenceEngine
import MoDModel
import Tokenization

/// Keeps the chat's conversation on disk as it goes on. A store that breaks is reported once; the conversation goes on
/// without it, and the next conversation tries again.
final class ChatArchive {
    private let store: ConversationStore?
    /// Whether the store broke in this conversation. Nothing more is kept then: a conversation with a gap would be
    /// worse than one that ends early.
    private var hasFailed = false
    private let modelName: String
    private var systemPrompt: String?
    /// The conversation's number in the store; nil until its first message is kept.
    private var conversation: StoredConversation.ID?
    /// Messages of the conversation in the store, which deletes a conversation with its only message.
    private var messageCount = 0

    init(store: ConversationStore?, modelName: String, systemPrompt: String?) {
        self.store = store
        self.modelName = modelName
        self.systemPrompt = systemPrompt
    }

    /// Reads a conversation back and goes on with it.
    ///
    /// - Returns: the conversation's messages; a routing trace that cannot be read is left out.
    /// - Throws: `StoreError` where the conversation is not kept or cannot be read.
    nonisolated(nonsending) func resume(_ id: StoredConversation.ID) async throws(StoreError)
        -> [RestoredMessage]
    {
        guard let store else { return [] }
        let (stored, messages) = try await store.load(id)
        conversation = id
        messageCount = messages.count
        systemPrompt = stored.systemPrompt
        let system = stored.systemPrompt.map {
            RestoredMessage(message: ChatMessage(role: .system, content: $0))
        }
        return [system].compactMap { $0 } + messages.map(RestoredMessage.init)
    }

    func startConversation(systemPrompt: String?) {
        conversation = nil
        messageCount = 0
        hasFailed = false
        self.systemPrompt = systemPrompt
    }

    nonisolated(nonsending) func save(userMessage text: String) async -> Notice? {
        await append(NewMessage(role: .user, content: text))
    }

    nonisolated(nonsending) func save(reply: SavedReply, capacity: Capacity) async -> Notice? {
        await append(
            NewMessage(
                role: .assistant, content: reply.text, trace: RoutingTraceArchive.encode(reply.trace),
                capacity: capacity.value, interrupted: reply.interrupted))
    }

    nonisolated(nonsending) func deleteLastMessage() async -> Notice? {
        guard let conversation else { return nil }
        return await attempt { (store) async throws(StoreError) in
            try await store.deleteLastMessage(in: conversation)
            self.messageCount -= 1
            if self.messageCount == 0 { self.conversation = nil }
        }
    }

    private nonisolated(nonsending) func append(_ message: NewMessage) async -> Notice? {
        await attempt { (store) async throws(StoreError) in
            if let conversation = self.conversation {
                try await store.append(message, to: conversation)
            } else {
                let made = try await store.create(
                    modelName: self.modelName, systemPrompt: self.systemPrompt, first: message)
                self.conversation = made.conversation.id
            }
            self.messageCount += 1
        }
    }

    private nonisolated(nonsending) func attempt(
        _ body: nonisolated(nonsending) (ConversationStore) async throws(StoreError) -> Void
    ) async -> Notice? {
        guard let store, !hasFailed else { return nil }
        do {
            try await body(store)
            return nil
        } catch {
            hasFailed = true
            return Notice(
                .error, "From here on this conversation is not saved; /clear begins another: \(error)")
        }
    }
}

extension RestoredMessage {
    fileprivate init(_ stored: StoredMessage) {
        let role: ChatMessage.Role = stored.role == .user ? .user : .assistant
        let trace = stored.trace.flatMap { try? RoutingTraceArchive.decode($0) } ?? []
        self.init(
            message: ChatMessage(role: role, content: stored.content), interrupted: stored.interrupted,
            trace: trace)
    }
}
