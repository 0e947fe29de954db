/// What is wrong with a model file, and what to do about it.
public enum GGUFError: Error, Sendable, Hashable {
    /// The file cannot be opened or mapped.
    case unreadable(path: String, reason: String)
    /// The file is not GGUF, or not a version this reader knows.
    case notGGUF(path: String, reason: String)
    /// The file ends early or contradicts itself; `item` names the key, tensor or field at fault.
    case corrupted(path: String, item: String, reason: String)
}
