/// One line for the user at the bottom of the screen, which goes away by itself.
public struct Notice: Sendable, Hashable {
    /// How much a notice matters: decides its colour and how long it stays.
    public enum Level: Sendable, Hashable {
        /// Good to know.
        case info
        /// What was asked could not be done as asked.
        case warning
        /// Something is broken.
        case error
    }

    /// How much the notice matters.
    public var level: Level
    /// What happened and what to do next. Control characters are made harmless when it is shown.
    public var text: String

    /// Creates a notice.
    public init(_ level: Level, _ text: String) {
        self.level = level
        self.text = text
    }

    /// How long the notice stays on the screen.
    var lifetime: Duration {
        switch level {
        case .info: .seconds(5)
        case .warning: .seconds(8)
        case .error: .seconds(20)
        }
    }
}
