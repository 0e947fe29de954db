public import Foundation

/// A message of a conversation, as kept.
public struct StoredMessage: Sendable, Hashable, Identifiable {
    /// Who speaks in a message. The system prompt belongs to the conversation and is no message.
    public enum Role: String, Sendable, Hashable, CaseIterable {
        /// The person who chats.
        case user
        /// The model.
        case assistant
    }

    /// The number of the message. Within a conversation later messages have larger numbers.
    public let id: Int64
    /// Who speaks in this message.
    public let role: Role
    /// What was said, to the byte.
    public let content: String
    /// The routing trace of the message's tokens, the very bytes that were kept; nil for a message kept without.
    public let trace: Data?
    /// The capacity in force when the reply ended, 0…1; nil for a message kept without.
    public let capacity: Double?
    /// Whether the reply was stopped before the model ended it.
    public let interrupted: Bool
    /// When the message was kept, to the millisecond.
    public let createdAt: Date
}

/// A message to keep.
public struct NewMessage: Sendable, Hashable {
    /// Who speaks in this message.
    public var role: StoredMessage.Role
    /// What is said; it is kept to the byte.
    public var content: String
    /// The routing trace of the message's tokens in any form: the store does not look inside.
    public var trace: Data?
    /// The capacity in force when the reply ended, 0…1; keeping any other number fails.
    public var capacity: Double?
    /// Whether the reply was stopped before the model ended it.
    public var interrupted: Bool

    /// Creates a message to keep.
    public init(
        role: StoredMessage.Role, content: String, trace: Data? = nil, capacity: Double? = nil,
        interrupted: Bool = false
    ) {
        self.role = role
        self.content = content
        self.trace = trace
        self.capacity = capacity
        self.interrupted = interrupted
    }
}
