/// Why conversations cannot be kept or read back.
public enum StoreError: Error, Sendable, Hashable {
    /// The database cannot be opened; `reason` is one line for the user.
    case unusable(path: String, reason: String)
}
