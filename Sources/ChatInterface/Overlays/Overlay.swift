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
