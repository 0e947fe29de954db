/// The wrapped text of what a chat pane showed last, so that the next frame wraps only what is new. What a frame looks
/// like does not depend on it. For one thread.
public final class WrapCache {
    private var texts: [ChatItem: WrappedText] = [:]
    private var used: Set<ChatItem> = []

    /// Creates an empty cache.
    public init() {}

    /// An item's text in lines.
    func wrapped(_ item: ChatItem, _ text: String, columns: Int) -> WrappedText {
        used.insert(item)
        texts[item, default: WrappedText(columns: columns)].update(to: text, columns: columns)
        return texts[item] ?? WrappedText(text, columns: columns)
    }

    /// Forgets what was not asked for since the last call.
    func frameDrawn() {
        texts = texts.filter { used.contains($0.key) }
        used = []
    }
}
