/// One metadata value, of any type GGUF has.
public enum GGUFValue: Sendable, Hashable {
    /// An unsigned 8-bit integer.
    case uint8(UInt8)
    /// A signed 8-bit integer.
    case int8(Int8)
    /// An unsigned 16-bit integer.
    case uint16(UInt16)
    /// A signed 16-bit integer.
    case int16(Int16)
    /// An unsigned 32-bit integer.
    case uint32(UInt32)
    /// A signed 32-bit integer.
    case int32(Int32)
    /// A 32-bit float.
    case float32(Float)
    /// A truth value.
    case bool(Bool)
    /// UTF-8 text.
    case string(String)
    /// Text that is not UTF-8, as its bytes: harmless under a key that nobody asks for.
    case malformedString([UInt8])
    /// Elements of one type.
    case array(GGUFArray)
    /// An unsigned 64-bit integer.
    case uint64(UInt64)
    /// A signed 64-bit integer.
    case int64(Int64)
    /// A 64-bit float.
    case float64(Double)

    /// The type's name, for example "u32", "str" or "[f32]".
    public var typeName: String {
        switch self {
        case .array(let array): "[\(array.elementType.name)]"
        default: type.name
        }
    }

    /// How the value is marked in the file.
    var type: ValueType {
        switch self {
        case .uint8: .uint8
        case .int8: .int8
        case .uint16: .uint16
        case .int16: .int16
        case .uint32: .uint32
        case .int32: .int32
        case .float32: .float32
        case .bool: .bool
        case .string, .malformedString: .string
        case .array: .array
        case .uint64: .uint64
        case .int64: .int64
        case .float64: .float64
        }
    }
}
