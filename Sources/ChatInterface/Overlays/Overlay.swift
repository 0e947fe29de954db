import TerminalKit

/// Something that covers the panes and takes the keys until it is closed. Overlays lie on each other; the last is on
/// top.
enum Overlay: Sendable, Hashable {
    /// The list of keys and commands.
    case help(HelpList)
    /// A list to choose from.
    case picker(Picker)
    /// What every block made of the chosen token.
    case blocks
    /// A look into one token.
    case probe(Probe)
}

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
