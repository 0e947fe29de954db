/// Which part of the screen the keys go to.
public enum Focus: Sendable, Hashable {
    /// The text being written.
    case composer
    /// The routing heatmap.
    case heatmap
}
