/// What is wrong with a model file, and what to do about it.
///
/// Every case names the file, key or tensor at fault; `description` is one line that may be shown as it is.
public enum GGUFError: Error, Sendable, Hashable {
    /// The file cannot be opened or mapped.
    case unreadable(path: String, reason: String)
    /// The file is not GGUF, or not a version this reader knows.
    case notGGUF(path: String, reason: String)
    /// The file ends early or contradicts itself; `item` names the key, tensor or field at fault.
    case corrupted(path: String, item: String, reason: String)
    /// The shards of one model do not belong together, or one is missing.
    case mismatchedShards(path: String, reason: String)
    /// The file has no such key.
    case missingKey(path: String, key: String)
    /// The key's value has another type, or is out of the range asked for.
    case wrongType(path: String, key: String, expected: String, actual: String)
    /// The file has no such tensor.
    case missingTensor(path: String, name: String)
    /// The tensor is sound, but of a type that this room does not know or cannot turn into floats.
    case unsupportedTensor(path: String, name: String, reason: String)
    /// The tensor or its values cannot be written: name, shape, size or a number is at fault.
    case invalidTensor(name: String, reason: String)
    /// The metadata entry cannot be written: its key, its value or its size is at fault.
    case invalidKey(key: String, reason: String)
    /// The file cannot be written; what was there before is untouched.
    case unwritable(path: String, reason: String)
}

extension GGUFError: CustomStringConvertible {
    /// One line for people, free of control characters: what is wrong and what to do next.
    public var description: String {
        message.sanitised(limit: .max)
    }

    private var message: String {
        switch self {
        case .unreadable(let path, let reason):
            "\(path): cannot be read: \(reason)"
        case .notGGUF(let path, let reason):
            "\(path): not a GGUF model file this program can read: \(reason)"
        case .corrupted(let path, let item, let reason):
            "\(path): \(item): \(reason); the file is damaged or incomplete, fetch or convert it again"
        case .mismatchedShards(let path, let reason):
            "\(path): \(reason)"
        case .missingKey(let path, let key):
            "\(path): the key \(key.quoted) is missing; this model needs it, convert it again with a current tool"
        case .wrongType(let path, let key, let expected, let actual):
            "\(path): the key \(key.quoted) should be \(expected) but is \(actual); convert the model again"
        case .missingTensor(let path, let name):
            "\(path): the tensor \(name.quoted) is missing; the model is incomplete, fetch or convert it again"
        case .unsupportedTensor(let path, let name, let reason):
            "\(path): the tensor \(name.quoted) \(reason)"
        case .invalidTensor(let name, let reason):
            "the tensor \(name.quoted) cannot be stored: \(reason)"
        case .invalidKey(let key, let reason):
            "the key \(key.quoted) cannot be stored: \(reason)"
        case .unwritable(let path, let reason):
            "\(path): cannot be written: \(reason)"
        }
    }
}
