public import Foundation

/// What the store keeps about a conversation beside its messages.
public struct StoredConversation: Sendable, Hashable, Identifiable {
    /// The number of the conversation, never given to another one, even after it is deleted.
    public let id: Int64
    /// One line of printable text, from the user's first message unless the user gave another; empty where that has
    /// none.
    public let title: String
    /// The name of the model that the conversation was begun with.
    public let modelName: String
    /// The system prompt that stands before the messages; nil for the model's default one.
    public let systemPrompt: String?
    /// When the conversation's first message was kept, to the millisecond.
    public let createdAt: Date
    /// When the conversation changed last, to the millisecond.
    public let updatedAt: Date
    /// How many messages the conversation has, at least 1.
    public let messageCount: Int
    /// Whether it stands above the others where conversations are listed.
    public let isPinned: Bool
    /// Where it was searched for: one line of what was found, with a little of what stands around it.
    public var excerpt: String?

    /// Creates the description of a conversation that is kept.
    public init(
        id: Int64, title: String, modelName: String, systemPrompt: String?, createdAt: Date, updatedAt: Date,
        messageCount: Int, isPinned: Bool = false, excerpt: String? = nil
    ) {
        self.id = id
        self.title = title
        self.modelName = modelName
        self.systemPrompt = systemPrompt
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.messageCount = messageCount
        self.isPinned = isPinned
        self.excerpt = excerpt
    }
}
