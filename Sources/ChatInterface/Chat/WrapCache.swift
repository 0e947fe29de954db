/// The lines of what a chat pane showed last, so that the next frame sets only what is new. What a frame looks like
/// does not depend on it. For one thread.
public final class WrapCache {
    private var texts: [ChatItem: ItemText] = [:]
    private var used: Set<ChatItem> = []

    /// Creates an empty cache.
    public init() {}

    /// An item's text in lines.
    func lines(of item: ChatItem, in chat: ChatPane, _ layout: ChatLayout) -> ItemText {
        used.insert(item)
        texts[item, default: ItemText()].update(
            to: chat.text(of: item), chat.form(of: item), columns: layout.textColumns, glyphs: layout.glyphs)
        return texts[item] ?? layout.lines(of: item, in: chat)
    }

    /// Forgets what was not asked for since the last call.
    func frameDrawn() {
        texts = texts.filter { used.contains($0.key) }
        used = []
    }
}
