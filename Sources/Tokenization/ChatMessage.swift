/// One turn of a conversation, as the chat template sees it.
public struct ChatMessage: Sendable, Hashable {
    /// Who speaks.
    public enum Role: String, Sendable, Hashable, CaseIterable {
        case system
        case user
        case assistant
    }

    /// Who speaks.
    public var role: Role
    /// What was said, as plain text.
    public var content: String

    /// Creates a turn.
    public init(role: Role, content: String) {
        self.role = role
        self.content = content
    }
}
