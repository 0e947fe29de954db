public import Foundation

/// One thing that was said in a conversation: a question of the user's or a reply of the model's.
public struct Message: Sendable, Hashable, Identifiable {
    /// The number of a message, given in ascending order within its conversation, and to no other message while that is
    /// open.
    public struct ID: Sendable, Hashable, Comparable, RawRepresentable {
        /// The number, at least 1 for messages that a conversation made.
        public let rawValue: Int

        /// Creates the number of a message.
        public init(rawValue: Int) {
            self.rawValue = rawValue
        }

        /// Whether the first of two messages of a conversation was made before the second.
        public static func < (first: ID, second: ID) -> Bool { first.rawValue < second.rawValue }
    }

    /// Who says something. The system prompt belongs to the conversation and is no message.
    public enum Role: String, Sendable, Hashable {
        /// The person who chats.
        case user
        /// The model.
        case assistant
    }

    /// The message's number in its conversation.
    public let id: ID
    /// The message that this one follows; nil where it opens the conversation. Messages with one parent are
    /// alternatives to each other.
    public let parent: ID?
    /// Who says it.
    public let role: Role
    /// What is said, to the byte.
    public var text: String
    /// When it was said.
    public let date: Date
    /// The capacity in force when the reply ended, 0…1; nil for a question, and where it is not known.
    public var capacity: Double?
    /// How the tokens of the reply were drawn; nil for a question, and where it is not known.
    public var sampling: SamplingOptions?
    /// Whether the reply was stopped before its end.
    public var isInterrupted: Bool
    /// The routing of the tokens of the message's turn, archived; nil where none was kept or none was asked for.
    public var trace: Data?

    /// Creates a message.
    public init(
        id: ID, parent: ID?, role: Role, text: String, date: Date, capacity: Double? = nil,
        sampling: SamplingOptions? = nil, isInterrupted: Bool = false, trace: Data? = nil
    ) {
        self.id = id
        self.parent = parent
        self.role = role
        self.text = text
        self.date = date
        self.capacity = capacity
        self.sampling = sampling
        self.isInterrupted = isInterrupted
        self.trace = trace
    }
}
