import ComputeThreads
public import GGUF

/// Why a model cannot be opened or cannot go on.
public enum ModelError: Error, Sendable, Hashable {
    /// The file cannot be read, or is no sound GGUF.
    case file(GGUFError)
    /// The file is sound, but no model that this engine runs; `item` names the key or tensor at fault.
    case unsupported(item: String, reason: String)
    /// There are more tokens than the context has room for, which are `limit`.
    case contextFull(limit: Int)
    /// A token is not in the vocabulary, which has `vocabulary` tokens.
    case tokenOutOfRange(token: Int32, vocabulary: Int)
    /// The matrices of the file must be converted to int8 when it is opened, which takes more bytes of memory than
    /// there are.
    case tooLarge(needed: Int, available: Int)
    /// The system refused memory or threads.
    case resources(String)
    /// This processor has no kernel set of that number.
    case noKernelSet(Int)
}

extension ModelError: CustomStringConvertible {
    /// One line for the user: what is wrong and what to do next.
    public var description: String {
        switch self {
        case .file(let error):
            "\(error)"
        case .unsupported(let item, let reason):
            "This model cannot be run: \(item): \(reason)"
        case .contextFull(let limit):
            "The context of \(limit) tokens is full. Begin anew, or open the model with more."
        case .tokenOutOfRange(let token, let vocabulary):
            "Token \(token) is not in the model's vocabulary of \(vocabulary). The file is probably damaged."
        case .tooLarge(let needed, let available):
            """
            The model's matrices are not Q8_0 and become int8 when it is opened, which takes \(needed >> 20) MiB of \
            memory; \(available >> 20) MiB are to be had. Take a Q8_0 file of it, which is read in place, or close other \
            programs.
            """
        case .resources(let reason):
            "\(reason) Close other programs, or use fewer threads or a shorter context."
        case .noKernelSet(let index):
            "This processor has no kernel set \(index)."
        }
    }
}

extension ModelError {
    /// Runs `body` and turns the container's error into this room's.
    static func wrapping<R>(_ body: () throws(GGUFError) -> R) throws(ModelError) -> R {
        do {
            return try body()
        } catch {
            throw .file(error)
        }
    }

    /// Runs `body` and turns the threads' error into this room's.
    static func wrapping<R>(_ body: () throws(ThreadError) -> R) throws(ModelError) -> R {
        do {
            return try body()
        } catch {
            throw .resources("\(error)")
        }
    }
}
