import TerminalKit

/// The list of keys and commands, as far as it is scrolled.
struct HelpList: Sendable, Hashable {
    /// Lines the list is scrolled down.
    private(set) var scroll = 0

    /// Takes a key's action, on a screen of some size.
    mutating func press(_ action: Action, on size: Size) {
        let page = max(1, size.rows - 4)
        let lines =
            switch action {
            case .listUp: -1
            case .listDown: 1
            case .listPageUp: -page
            case .listPageDown: page
            default: 0
            }
        scroll = min(max(0, scroll + lines), HelpLayout(size).maximumScroll)
    }
}
