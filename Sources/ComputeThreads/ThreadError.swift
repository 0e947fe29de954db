/// Why there are no threads to compute with.
public enum ThreadError: Error, Sendable, Hashable {
    /// The system refused one of `count` threads; `reason` is the system's.
    case refused(count: Int, reason: String)
}

extension ThreadError: CustomStringConvertible {
    /// One sentence: what is wrong.
    public var description: String {
        switch self {
        case .refused(let count, let reason): "The system refused \(count) threads: \(reason)."
        }
    }
}
