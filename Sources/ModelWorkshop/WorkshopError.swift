public import MoDModel

/// Why a model cannot be prepared or measured.
public enum WorkshopError: Error, Sendable, Hashable {
    /// A text file cannot be read or holds nothing to work with.
    case text(path: String, reason: String)
    /// The model has depth routers, so that it cannot be given any.
    case hasRouters
    /// The model has no depth routers, so that there is nothing to calibrate.
    case hasNoRouters
    /// The model is not of the kind this step works on for another reason.
    case unsuitable(String)
    /// The model itself failed.
    case model(ModelError)
}

extension WorkshopError: CustomStringConvertible {
    /// One line for the user: what is wrong and what to do next.
    public var description: String {
        switch self {
        case .text(let path, let reason): "\(path): \(reason)"
        case .hasRouters: "The model has depth routers already."
        case .hasNoRouters: "The model has no depth routers to calibrate."
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
