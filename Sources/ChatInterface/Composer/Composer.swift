import TerminalKit

/// The text being written and the cursor in it. The cursor counts grapheme clusters, so that it never stands
/// inside what reads as one character.
struct Composer: Sendable, Hashable {
    /// The most clusters the text may have: more than any context holds, few enough that a mistaken paste does not
    /// freeze the screen.
    static let limit = 65_536

    private(set) var characters: [Character] = []
    /// Clusters before the cursor, `0...characters.count`.
    private(set) var cursor = 0
    private(set) var history = InputHistory()
    private var edits = EditHistory()

    var text: String { String(characters) }
    var isEmpty: Bool { characters.isEmpty }

    private var state: EditHistory.State {
        get { EditHistory.State(characters: characters, cursor: cursor) }
        set { (characters, cursor) = (newValue.characters, newValue.cursor) }
    }

    /// Takes in what was sent in earlier sessions, the newest first.
    mutating func recall(_ sent: [String]) {
        history.recall(sent)
    }

    /// Takes a key's action.
    ///
    /// - Parameter columns: how many columns a row of the text may take.
    mutating func press(_ action: Action, columns: Int) {
        switch action {
        case .newLine: insert("\n")
        case .undoEdit: if let before = edits.undo(from: state) { state = before }
        case .redoEdit: if let after = edits.redo(from: state) { state = after }
        case .rowUp: moveRow(by: -1, columns: columns)
        case .rowDown: moveRow(by: 1, columns: columns)
        case .left: move(to: cursor - 1)
        case .right: move(to: cursor + 1)
        case .wordLeft: move(to: previousWord)
        case .wordRight: move(to: nextWord)
        case .lineStart: move(to: lineStart)
        case .lineEnd: move(to: lineEnd)
        case .deleteLeft: delete(to: cursor - 1)
        case .deleteRight: delete(to: cursor + 1)
        case .deleteWordLeft: delete(to: previousWord)
        case .deleteWordRight: delete(to: nextWord)
        case .deleteToSpace: delete(to: previousSpace)
        // Where nothing is left of the line, what parts it from the next goes.
        case .deleteToLineStart: delete(to: lineStart < cursor ? lineStart : cursor - 1)
        case .deleteToLineEnd: delete(to: lineEnd > cursor ? lineEnd : cursor + 1)
        default: break
        }
    }

    /// Puts text at the cursor; returns false where not all of it fitted.
    @discardableResult
    mutating func insert(_ text: String) -> Bool {
        let clean = Array(TextSanitizer.sanitized(text))
        let added = clean.prefix(Composer.limit - characters.count)
        if !added.isEmpty {
            edits.willChange(state, isTyping: clean.count == 1 && clean.first?.isWhitespace == false)
        }
        splice(added)
        return added.count == clean.count
    }

    /// Puts clusters at the cursor. Neighbours may join with what is put between them (a base letter and its accent,
    /// the parts of an emoji): the three are read together again, so that clusters stay whole.
    private mutating func splice(_ added: some Collection<Character>) {
        let start = max(0, cursor - 1)
        let end = min(characters.count, cursor + 1)
        let before = String(characters[start..<cursor]) + String(added)
        let joined = Array(before + String(characters[cursor..<end]))
        characters.replaceSubrange(start..<end, with: joined)
        cursor = min(start + before.count, characters.count)
    }

    /// Replaces the whole text; the cursor goes to its end. Returns false where not all of it fitted.
    @discardableResult
    mutating func replace(with text: String) -> Bool {
        edits.willChange(state, isTyping: false)
        let clean = Array(TextSanitizer.sanitized(text))
        characters = Array(clean.prefix(Composer.limit))
        cursor = characters.count
        return characters.count == clean.count
    }

    /// Empties the text and remembers it in the history.
    mutating func send() {
        history.remember(text)
        replace(with: "")
        edits = EditHistory()
    }

    /// Moves the cursor through the rows of the text and, past its ends, through what was sent before.
    private mutating func moveRow(by count: Int, columns: Int) {
        let rows = ComposerLayout(self, columns: columns)
        if let position = rows.position(rowsDown: count) {
            move(to: position)
        } else if let recalled = count < 0 ? history.older(than: text) : history.newer() {
            replace(with: recalled)
        }
    }

    /// Puts the cursor before a cluster; the places are 0 to the number of clusters.
    mutating func move(to position: Int) {
        edits.moved()
        cursor = min(max(position, 0), characters.count)
    }

    /// Deletes from the cursor to a position before or after it.
    private mutating func delete(to position: Int) {
        let other = min(max(position, 0), characters.count)
        guard other != cursor else { return }
        edits.willChange(state, isTyping: false)
        characters.removeSubrange(min(cursor, other)..<max(cursor, other))
        cursor = min(cursor, other)
        splice("")
    }
}
