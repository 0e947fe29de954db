import TerminalKit

/// Takes in one event: changes the state and returns what the world is asked to do about it.
///
/// Pure: a state and an event always give one state and one list of effects.
public func update(_ state: inout ChatState, _ event: ChatEvent) -> [ChatEffect] {
    let linesBefore = state.scroll == 0 ? 0 : state.transcript.lineCount
    let effects = state.receive(event)
    // A token does not move the text of a reader who follows the newest line.
    if case .generation = event, state.scroll == 0 { return effects }
    state.settle(linesBefore: linesBefore)
    return effects
}

extension ChatState {
    fileprivate mutating func receive(_ event: ChatEvent) -> [ChatEffect] {
        switch event {
        case .terminal(let event, let time):
            advance(to: time)
            return receive(event)
        case .generation(let event, let time):
            advance(to: time)
            return receive(event)
        case .tick(let time):
            advance(to: time)
        case .notice(let notice):
            show(notice)
        case .restored(let messages, let contextTokens):
            restore(messages, contextTokens: contextTokens)
        }
        return []
    }

    private mutating func receive(_ event: TerminalEvent) -> [ChatEffect] {
        switch event {
        case .key(let key, let modifiers): return press(key, modifiers)
        case .paste(let text):
            focus = .composer
            selection.token = nil
            helpScroll = nil
            insert(text)
            return []
        case .resize(let size):
            self.size = size
            return []
        case .hangUp: return leave()
        }
    }

    private mutating func advance(to time: Duration) {
        now = max(now, time)
        if let notice, notice.until <= now { self.notice = nil }
        if let leaveArmedUntil, leaveArmedUntil <= now { self.leaveArmedUntil = nil }
    }

    /// Brings the wrapped text and the scrolling in step with the screen's size and the text's length.
    fileprivate mutating func settle(linesBefore: Int) {
        let columns = layout.chatTextColumns
        if columns == transcript.columns {
            // Someone reading further up keeps the same lines before their eyes while new ones come below.
            if linesBefore > 0, scroll > 0 { scroll += max(0, transcript.lineCount - linesBefore) }
        } else {
            transcript.rewrap(columns: columns)
        }
        scroll = min(max(0, scroll), ChatPane.maximumScroll(self))
    }
}
