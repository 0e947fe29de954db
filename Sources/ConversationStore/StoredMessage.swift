public import Foundation

/// A message of a conversation, as kept.
public struct StoredMessage: Sendable, Hashable, Identifiable {
    /// Who speaks. The system prompt belongs to the conversation and is no message.
    public enum Role: String, Sendable, Hashable, CaseIterable {
        case user
        case assistant
    }

    /// The number of the message. Within a conversation later messages have larger numbers.
    public let id: Int64
    /// Who speaks.
    public let role: Role
    /// What was said, to the byte.
    public let content: String
    /// The routing trace, in whatever form the caller gave it.
    public let trace: Data?
    /// The capacity in force when it was written, 0…1.
    public let capacity: Double?
    /// Whether the reply was stopped before the model ended it.
    public let interrupted: Bool
    /// When it was kept, to the millisecond.
    public let createdAt: Date
}

/// A message to keep.
public struct NewMessage: Sendable, Hashable {
    /// Who speaks.
    public var role: StoredMessage.Role
    /// What is said.
    public var content: String
    /// The routing trace, in any form: the store does not look inside.
    public var trace: Data?
    /// The capacity in force, 0…1; anything else is refused.
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
