/// Which part of the screen the keys go to.
public enum Focus: Sendable, Hashable {
    /// The text being written.
    case composer
    /// The routing heatmap.
    case heatmap

    /// Where keys mean something while this part has the focus.
    var scope: Scope {
        switch self {
        case .composer: .composer
        case .heatmap: .heatmap
        }
    }
}
