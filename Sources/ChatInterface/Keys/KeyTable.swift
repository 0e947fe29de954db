import TerminalKit

/// All keys: what they do, where, and what the key bar, the help and the README say of them.
enum KeyTable {
    /// Keys that belong together, on one line of the help.
    struct Entry: Sendable {
        let scope: Scope
        let keys: [(chord: Chord, action: Action)]
        /// What the keys do, in a few words.
        let meaning: String
        /// What the keys do, in a word or two for the key bar.
        let word: String

        init(_ scope: Scope, _ keys: [(StaticString, Action)], _ meaning: String, bar word: String = "") {
            self.scope = scope
            self.keys = keys.map { (Chord($0.0), $0.1) }
            self.meaning = meaning
            self.word = word
        }
    }

    static let entries: [Entry] = [
        Entry(.composer, [("Enter", .send)], "send", bar: "send"),
        Entry(.composer, [("M-Enter", .newLine), ("C-j", .newLine)], "new line", bar: "new line"),
        Entry(.composer, [("Up", .rowUp), ("Down", .rowDown)], "rows, then what was sent before"),
        Entry(
            .composer,
            [
                ("Left", .left), ("Right", .right), ("C-b", .left), ("C-f", .right), ("M-Left", .wordLeft),
                ("M-Right", .wordRight), ("A-b", .wordLeft), ("A-f", .wordRight),
            ], "a character on (Ctrl, Alt: a word)"),
        Entry(
            .composer, [("Home", .lineStart), ("End", .lineEnd), ("C-a", .lineStart), ("C-e", .lineEnd)],
            "to the ends of the line"),
        Entry(
            .composer,
            [
                ("Backspace", .deleteLeft), ("Del", .deleteRight),
                ("M-Backspace", .deleteWordLeft), ("M-Del", .deleteWordRight),
            ], "delete (Ctrl: a word)"),
        Entry(
            .composer, [("C-w", .deleteToSpace), ("C-u", .deleteToLineStart), ("C-k", .deleteToLineEnd)],
            "delete as in the shell"),
        Entry(
            .composer, [("C-_", .undoEdit), ("A-z", .undoEdit), ("A-Z", .redoEdit)], "undo, redo (Alt-Z)"),
        Entry(.composer, [("C-r", .searchHistory)], "search what was sent before"),
        Entry(.composer, [("C-g", .edit)], "write in $VISUAL or $EDITOR"),
        Entry(.composer, [("C-d", .deleteRightOrLeave)], "delete; where nothing is written: leave"),
        Entry(.composer, [("Esc", .stop)], "stop the reply, or stop editing"),
        Entry(
            .composer, [("A-,", .previousVersion), ("A-.", .nextVersion)],
            "earlier, later version of a message"),
        Entry(.composer, [("A-c", .copyReply)], "copy the last reply"),
        Entry(
            .composer, [("Tab", .completeOrInspect)], "to the heatmap; after a /, complete", bar: "inspect"),

        Entry(
            .heatmap, [("[", .lowerCapacity), ("]", .raiseCapacity)], "capacity down, up by 1/16",
            bar: "capacity"),
        Entry(.heatmap, [("=", .toggleDense)], "dense model and back", bar: "dense"),
        Entry(
            .heatmap,
            [
                ("Left", .tokenLeft), ("Right", .tokenRight), ("M-Left", .tenTokensLeft),
                ("M-Right", .tenTokensRight),
            ], "choose a token (Ctrl: by ten)", bar: "token"),
        Entry(.heatmap, [("l", .look)], "logit lens and what-if of the token", bar: "lens"),
        Entry(
            .heatmap, [("i", .inspectBlocks), ("Enter", .inspectBlocks)],
            "what every block made of the token",
            bar: "blocks"),
        Entry(.heatmap, [("m", .nextMode)], "what colours tell: score to settled", bar: "mode"),
        Entry(.heatmap, [("+", .zoomIn), ("-", .zoomOut)], "fewer tokens in sight, or more", bar: "zoom"),
        Entry(.heatmap, [("t", .nextTint)], "tint text: depth, entropy, settled", bar: "tint"),
        Entry(.heatmap, [("p", .replay)], "play the reply again, or stop", bar: "play"),
        Entry(.heatmap, [("Home", .oldestToken), ("End", .newestToken)], "oldest token, newest token"),
        Entry(.heatmap, [("Up", .blockUp), ("Down", .blockDown)], "choose a block", bar: "block"),
        Entry(.heatmap, [("Esc", .write), ("Tab", .write)], "back to the composer", bar: "write"),

        Entry(
            .anywhere, [("C-Up", .raiseCapacity), ("C-Down", .lowerCapacity)], "capacity up, down by 1/16",
            bar: "capacity"),
        Entry(.anywhere, [("PgUp", .scrollUp), ("PgDn", .scrollDown)], "scroll the chat", bar: "scroll"),
        Entry(.anywhere, [("C-o", .pickConversation)], "open, search, rename conversations"),
        Entry(.anywhere, [("C-c", .interrupt)], "stop the reply; again: leave"),
        Entry(.anywhere, [("C-l", .redraw)], "draw the screen anew"),
        Entry(.anywhere, [("F1", .toggleHelp), ("?", .toggleHelp)], "all keys and commands", bar: "help"),

        Entry(.list, [("Enter", .choose)], "choose", bar: "open"),
        Entry(.list, [("Esc", .close), ("C-g", .close), ("C-o", .close)], "close", bar: "close"),
        Entry(
            .list,
            [("Up", .listUp), ("Down", .listDown), ("C-p", .listUp), ("C-n", .listDown), ("C-r", .listDown)],
            "up, down"),
        Entry(.list, [("PgUp", .listPageUp), ("PgDn", .listPageDown)], "up, down by a screenful"),
        Entry(.conversations, [("C-t", .pin)], "keep on top, or not", bar: "pin"),
        Entry(.conversations, [("C-r", .rename)], "give another title", bar: "rename"),
        Entry(.conversations, [("C-x", .delete), ("Del", .delete)], "delete", bar: "delete"),
        Entry(.conversations, [("C-_", .undelete), ("A-z", .undelete)], "bring back", bar: "bring back"),

        Entry(.help, [("Up", .listUp), ("Down", .listDown)], "scroll"),
        Entry(.help, [("PgUp", .listPageUp), ("PgDn", .listPageDown)], "scroll by a screenful"),
    ]

    /// What the key bar tells of while each part of the screen has the focus, the most important first and last.
    static let bars: [Scope: [Action]] = [
        .composer: [.raiseCapacity, .completeOrInspect, .interrupt, .send, .newLine, .scrollUp, .toggleHelp],
        .heatmap: [
            .lowerCapacity, .look, .write, .inspectBlocks, .nextMode, .zoomIn, .nextTint, .replay, .tokenLeft,
            .blockUp,
            .toggleDense, .interrupt,
            .toggleHelp,
        ],
    ]

    /// What a key does, by the first of some scopes in which it means anything; nil where it does in none. The chord
    /// that fits the key best comes before the order of the scopes: Ctrl-Up is not Up.
    static func action(_ key: Key, _ modifiers: Modifiers, in scopes: [Scope]) -> Action? {
        for chord in Chord.candidates(key, modifiers) {
            for scope in scopes {
                if let action = index[scope]?[chord] { return action }
            }
        }
        return nil
    }

    /// The entry of an action, in a scope or, where it has none, anywhere.
    static func entry(of action: Action, in scope: Scope) -> Entry? {
        let with = entries.filter { $0.keys.contains { $0.action == action } }
        return with.first { $0.scope == scope } ?? with.first { $0.scope == .anywhere }
    }

    private static let index: [Scope: [Chord: Action]] = entries.reduce(into: [:]) { index, entry in
        for (chord, action) in entry.keys { index[entry.scope, default: [:]][chord] = action }
    }
}
