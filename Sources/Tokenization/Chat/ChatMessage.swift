/// One turn of a conversation, as the chat template sees it.
public struct ChatMessage: Sendable, Hashable {
    /// Who speaks in a turn of a conversation.
    public enum Role: String, Sendable, Hashable, CaseIterable {
        /// Nobody: what the model is told before the conversation.
        case system
        /// The person who chats.
        case user
        /// The model.
        case assistant
    }

    /// Who speaks in this turn.
    public var role: Role
    /// What was said, as plain text; what reads like a control token is text, too.
    public var content: String

    /// Creates a turn of a conversation.
    public init(role: Role, content: String) {
        self.role = role
        self.content = content
    }
}
