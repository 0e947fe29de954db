import MoDModel
import TerminalKit

extension ChatState {
    /// Takes a key: some mean one thing everywhere; the rest go to the help while it is open, else to what has the
    /// focus.
    mutating func press(_ key: Key, _ modifiers: Modifiers) -> [ChatEffect] {
        switch (key, modifiers) {
        case (.character("c"), .control): return interrupt()
        case (.character("l"), .control): return [.redraw]
        case (.up, .control): return stepCapacity(by: 1)
        case (.down, .control): return stepCapacity(by: -1)
        case (.function(1), _): helpScroll = helpScroll == nil ? 0 : nil
        case _ where helpScroll != nil: pressInHelp(key)
        case (.pageUp, _): scroll += layout.chatPage
        case (.pageDown, _): scroll -= layout.chatPage
        case _ where focus == .composer: return pressInComposer(key, modifiers)
        default: return pressInHeatmap(key, modifiers)
        }
        return []
    }

    private mutating func pressInHelp(_ key: Key) {
        let page = max(1, size.rows - 4)
        switch key {
        case .up: scrollHelp(by: -1)
        case .down: scrollHelp(by: 1)
        case .pageUp: scrollHelp(by: -page)
        case .pageDown: scrollHelp(by: page)
        default: helpScroll = nil
        }
    }

    private mutating func scrollHelp(by lines: Int) {
        helpScroll = helpScroll.map { min(max(0, $0 + lines), HelpOverlay(size).maximumScroll) }
    }

    private mutating func pressInHeatmap(_ key: Key, _ modifiers: Modifiers) -> [ChatEffect] {
        switch key {
        case .tab, .escape:
            focus = .composer
            selection.token = nil
        case .left: selection.moveToken(by: modifiers.isEmpty ? -1 : -10, in: trace.ordinals)
        case .right: selection.moveToken(by: modifiers.isEmpty ? 1 : 10, in: trace.ordinals)
        case .home: selection.moveToken(by: -TraceLog.limit, in: trace.ordinals)
        case .end: selection.token = nil
        case .up: selection.moveBlock(by: 1, blockCount: model.blockCount)
        case .down: selection.moveBlock(by: -1, blockCount: model.blockCount)
        case .character("["): return stepCapacity(by: -1)
        case .character("]"): return stepCapacity(by: 1)
        case .character("="): return toggleDense()
        case .character("?"): helpScroll = 0
        case .character where modifiers.isSubset(of: .shift): inform("Esc or Tab goes back to writing.")
        default: break
        }
        return []
    }

    /// Takes Ctrl-C: the first stops a reply; another, or two of them with nothing to stop, leaves.
    private mutating func interrupt() -> [ChatEffect] {
        if leaveArmedUntil != nil { return leave() }
        let effects = reply == nil ? [] : stopReply()
        inform(reply == nil ? "Press Ctrl-C again to leave." : "Stopping the reply. Ctrl-C again leaves.")
        // As long as the words stand they are true.
        leaveArmedUntil = now + .seconds(3)
        notice?.until = now + .seconds(3)
        return effects
    }
}
