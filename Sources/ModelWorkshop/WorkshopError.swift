public import MoDModel

/// Why a model cannot be prepared or measured. Each case says what to do next.
public enum WorkshopError: Error, Sendable, Hashable {
    /// A text file cannot be read or holds nothing to work with.
    case text(path: String, reason: String)
    /// The model is not of the kind this step works on.
    case unsuitable(String)
    /// The model itself failed.
    case model(ModelError)
}

extension WorkshopError: CustomStringConvertible {
    /// One line for the user: what is wrong and what to do next.
    public var description: String {
        switch self {
        case .text(let path, let reason): "\(path): \(reason)"
        case .unsuitable(let reason): reason
        case .model(let error): "\(error)"
        }
    }
}

extension WorkshopError {
    /// Turns the model's error into this room's.
    static func wrapping<R>(_ body: () throws(ModelError) -> R) throws(WorkshopError) -> R {
        do {
            return try body()
        } catch {
            throw .model(error)
        }
    }
}
