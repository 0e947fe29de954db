public import Foundation

/// What the store keeps about a conversation beside its messages.
public struct StoredConversation: Sendable, Hashable, Identifiable {
    /// The number of the conversation, never given to another one, even after it is deleted.
    public let id: Int64
    /// One line of printable text from the first thing the user said; empty where that has none.
    public let title: String
    /// The model that it was begun with.
    public let modelName: String
    /// The instruction that stands before the messages, or nil for the model's own.
    public let systemPrompt: String?
    /// When its first message was kept, to the millisecond.
    public let createdAt: Date
    /// When it last changed, to the millisecond.
    public let updatedAt: Date
    /// How many messages it has, at least 1.
    public let messageCount: Int
}
