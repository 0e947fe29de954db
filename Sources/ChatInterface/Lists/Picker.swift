import Conversations
import Foundation
import TerminalKit

/// A list over the panes from which one thing is chosen, while what is typed narrows it.
struct Picker: Sendable, Hashable {
    /// What is listed.
    enum Subject: Sendable, Hashable {
        /// The conversations that are kept.
        case conversations
        /// What was sent before.
        case history
        /// What can be set.
        case settings
    }

    /// A line of the list.
    struct Entry: Sendable, Hashable {
        /// The conversation; nil where the entry is a text that was sent.
        var conversation: StoredConversation?
        /// What the line says: a title, the text that was sent, or a setting.
        var text: String
        /// What is typed into the composer when the line is chosen; nil for what the line says.
        var typed: String?
    }

    let subject: Subject
    /// What is typed: words that the entries have, or a new title.
    private(set) var query = Composer()
    private(set) var entries: [Entry] = []
    private(set) var selected = 0
    /// Whether what is listed fits what is typed; else the store has yet to answer.
    private(set) var isCurrent = false
    /// Whether what is found next is to be chosen at once.
    private var isChosenOnceFound = false
    /// The conversation that is being given another title.
    private(set) var renamed: StoredConversation.ID?
    /// The conversations that were deleted here, the last one last: they can be brought back.
    private(set) var deleted: [StoredConversation.ID] = []
    /// The conversation that was brought back, until it is listed: the cursor goes to it.
    private var broughtBack: StoredConversation.ID?
    /// The query, while a title is written in its place.
    private var heldQuery = ""

    init(_ subject: Subject, query: String = "") {
        self.subject = subject
        self.query.replace(with: query)
    }

    /// The entry that the cursor is on; nil in an empty list.
    var entry: Entry? { entries.indices.contains(selected) ? entries[selected] : nil }

    /// Takes on what was found for a query; that for another one is too late. Where the same conversation is still
    /// listed, the cursor stays on it.
    mutating func show(_ found: [Entry], for query: String) {
        guard query == (renamed == nil ? self.query.text : heldQuery) else { return }
        let chosen = broughtBack ?? entry?.conversation?.id
        broughtBack = nil
        entries = found
        // What is listed is not deleted: the conversation that is open cannot be.
        deleted.removeAll { id in found.contains { $0.conversation?.id == id } }
        isCurrent = true
        let place = found.firstIndex { $0.conversation?.id == chosen && chosen != nil }
        selected = place ?? min(selected, max(0, found.count - 1))
    }

    /// Whether what was found is to be chosen now; only once.
    mutating func takeChoice() -> Bool {
        defer { isChosenOnceFound = isChosenOnceFound && !isCurrent }
        return isChosenOnceFound && isCurrent
    }

    /// Moves the cursor, down where `count` is positive.
    private mutating func move(by count: Int) {
        selected = min(max(0, selected + count), max(0, entries.count - 1))
    }

    /// Puts the cursor on an entry, counted from the first, 0; false where there is none.
    private mutating func select(_ place: Int) -> Bool {
        guard entries.indices.contains(place) else { return false }
        selected = place
        return true
    }

    /// Changes what is typed; true where the list is to be found anew.
    private mutating func edit(_ body: (inout Composer) -> Void) -> Bool {
        let before = query.text
        body(&query)
        if query.text.contains(where: \.isNewline) {
            query.replace(with: query.text.replacing("\n", with: " "))
        }
        guard query.text != before, renamed == nil else { return false }
        selected = 0
        isCurrent = false
        isChosenOnceFound = false
        return true
    }

    /// Begins to write another title for the conversation under the cursor.
    private mutating func beginRenaming() {
        guard let conversation = entry?.conversation, renamed == nil else { return }
        renamed = conversation.id
        heldQuery = query.text
        query.replace(with: conversation.title)
    }

    /// Ends the writing of a title.
    ///
    /// - Returns: the title; nil where none was being written.
    private mutating func endRenaming() -> String? {
        guard renamed != nil else { return nil }
        defer {
            renamed = nil
            query.replace(with: heldQuery)
        }
        return query.text
    }

    /// Takes the conversation under the cursor out of the list.
    ///
    /// - Returns: the conversation; nil in an empty list.
    private mutating func delete() -> StoredConversation.ID? {
        guard let id = entry?.conversation?.id else { return nil }
        deleted.append(id)
        entries.remove(at: selected)
        selected = min(selected, max(0, entries.count - 1))
        return id
    }

    /// The conversation that was deleted last, to be brought back; nil where none was.
    private mutating func undelete() -> StoredConversation.ID? {
        broughtBack = deleted.popLast()
        return broughtBack
    }
}

// MARK: Keys and the mouse

extension Picker {
    /// What a key or a click in the list asks of the chat.
    enum Request: Sendable, Hashable {
        /// Nothing.
        case none
        /// To close the list.
        case close
        /// To do with an entry what the list is for.
        case choose(Entry)
        /// To find anew what is listed, after what the world is asked to do.
        case find(after: [ChatEffect])
        /// To draw the screen anew.
        case redraw
    }

    /// Takes a key on a screen of some size.
    mutating func press(_ key: Key, _ modifiers: Modifiers, on size: Size) -> Request {
        if let typed = key.typed(modifiers) { return edited { $0.insert(String(typed)) } }
        // While a title is written, the keys are those of writing.
        let scopes: [Scope] = subject == .conversations && renamed == nil ? [.conversations, .list] : [.list]
        let layout = PickerLayout(self, on: size)
        let conversation = isCurrent ? entry?.conversation : nil
        switch KeyTable.action(key, modifiers, in: scopes + [.composer, .anywhere]) {
        case .listUp: move(by: -1)
        case .listDown: move(by: 1)
        case .listPageUp, .scrollUp: move(by: -layout.listRows)
        case .listPageDown, .scrollDown: move(by: layout.listRows)
        case .choose: return choose()
        case .close: return endRenaming() == nil ? .close : .none
        case .interrupt: return .close
        // What is listed may not yet be what was asked for.
        case .pin: return conversation.map { .find(after: [.pin($0.id, !$0.isPinned)]) } ?? .none
        case .rename: if conversation != nil { beginRenaming() }
        case .delete:
            guard conversation != nil, let id = delete() else { break }
            return .find(after: [.delete(id)])
        case .undelete: return undelete().map { .find(after: [.undelete($0)]) } ?? .none
        case .redraw: return .redraw
        case .newLine, nil: break
        case let action?: return edited { $0.press(action, columns: layout.columns) }
        }
        return .none
    }

    /// Takes what was done with the mouse on a screen of some size: beside the list it closes it.
    mutating func point(_ event: MouseEvent, on size: Size) -> Request {
        let layout = PickerLayout(self, on: size)
        switch event.action {
        case .wheelUp: move(by: -1)
        case .wheelDown: move(by: 1)
        case .press:
            guard layout.box.contains(event.place) else { return .close }
            // What was clicked is meant, whatever is found meanwhile.
            if renamed == nil, let place = layout.entry(at: event.place), select(place), let entry {
                return .choose(entry)
            }
        case .drag, .release: break
        }
        return .none
    }

    /// Takes a text that was pasted.
    mutating func paste(_ text: String) -> Request {
        edited { $0.insert(text) }
    }

    private mutating func edited(_ body: (inout Composer) -> Void) -> Request {
        edit(body) ? .find(after: []) : .none
    }

    private mutating func choose() -> Request {
        if let id = renamed, let title = endRenaming() { return .find(after: [.rename(id, to: title)]) }
        guard isCurrent else {
            // Enter came before the answer to what was typed.
            isChosenOnceFound = true
            return .none
        }
        return entry.map(Request.choose) ?? .none
    }
}
