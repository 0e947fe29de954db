import TerminalKit

extension ChatState {
    mutating func pressInComposer(_ key: Key, _ modifiers: Modifiers) -> [ChatEffect] {
        switch key {
        case .enter where modifiers.isEmpty: return submit()
        case .enter: insert("\n")
        case .tab: focus = .heatmap
        case .character("?") where composer.isEmpty && modifiers.isSubset(of: .shift): helpScroll = 0
        case .character(let character) where modifiers.isSubset(of: .shift): insert(String(character))
        case .character(let character): edit(character, modifiers)
        case .up: moveRow(by: -1)
        case .down: moveRow(by: 1)
        case .left: composer.move(to: modifiers.isEmpty ? composer.cursor - 1 : composer.previousWord)
        case .right: composer.move(to: modifiers.isEmpty ? composer.cursor + 1 : composer.nextWord)
        case .home: composer.move(to: composer.lineStart)
        case .end: composer.move(to: composer.lineEnd)
        case .backspace:
            composer.delete(to: modifiers.isEmpty ? composer.cursor - 1 : composer.previousWord)
        case .delete: composer.delete(to: modifiers.isEmpty ? composer.cursor + 1 : composer.nextWord)
        case .escape, .pageUp, .pageDown, .function: break
        }
        return []
    }

    /// Takes the keys that edit a line in shells: a letter with Ctrl or Alt.
    private mutating func edit(_ character: Character, _ modifiers: Modifiers) {
        switch (character, modifiers) {
        case ("j", .control): insert("\n")
        case ("a", .control): composer.move(to: composer.lineStart)
        case ("e", .control): composer.move(to: composer.lineEnd)
        case ("b", .control): composer.move(to: composer.cursor - 1)
        case ("f", .control): composer.move(to: composer.cursor + 1)
        case ("b", .alt): composer.move(to: composer.previousWord)
        case ("f", .alt): composer.move(to: composer.nextWord)
        case ("w", .control): composer.delete(to: composer.previousSpace)
        case ("u", .control): composer.delete(to: composer.lineStart)
        case ("k", .control): composer.delete(to: composer.lineEnd)
        case ("d", .control): composer.delete(to: composer.cursor + 1)
        default: break
        }
    }

    mutating func insert(_ text: String) {
        if !composer.insert(text) { warn("Too long: only the beginning of the text went in.") }
    }

    /// Moves the cursor through the rows of the text and, past its ends, through what was sent before.
    private mutating func moveRow(by count: Int) {
        let rows = ComposerLayout(composer, columns: layout.composerTextColumns)
        if let position = rows.position(rowsDown: count) {
            composer.move(to: position)
        } else if let recalled = count < 0
            ? composer.history.older(than: composer.text) : composer.history.newer()
        {
            composer.replace(with: recalled)
        }
    }
}
