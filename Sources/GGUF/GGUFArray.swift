/// A metadata array. An empty one still has an element type.
///
/// Elements lie unboxed in one Swift array, so that a vocabulary of 50 000 strings opens in milliseconds.
public enum GGUFArray: Sendable, Hashable {
    /// Unsigned 8-bit integers.
    case uint8([UInt8])
    /// Signed 8-bit integers.
    case int8([Int8])
    /// Unsigned 16-bit integers.
    case uint16([UInt16])
    /// Signed 16-bit integers.
    case int16([Int16])
    /// Unsigned 32-bit integers.
    case uint32([UInt32])
    /// Signed 32-bit integers.
    case int32([Int32])
    /// 32-bit floats.
    case float32([Float])
    /// Truth values.
    case bool([Bool])
    /// UTF-8 texts.
    case string([String])
    /// Texts of which some are not UTF-8, as their bytes.
    case malformedStrings([[UInt8]])
    /// Arrays, each with its own element type.
    case array([GGUFArray])
    /// Unsigned 64-bit integers.
    case uint64([UInt64])
    /// Signed 64-bit integers.
    case int64([Int64])
    /// 64-bit floats.
    case float64([Double])

    /// How many elements there are.
    public var count: Int {
        switch self {
        case .uint8(let elements): elements.count
        case .int8(let elements): elements.count
        case .uint16(let elements): elements.count
        case .int16(let elements): elements.count
        case .uint32(let elements): elements.count
        case .int32(let elements): elements.count
        case .float32(let elements): elements.count
        case .bool(let elements): elements.count
        case .string(let elements): elements.count
        case .malformedStrings(let elements): elements.count
        case .array(let elements): elements.count
        case .uint64(let elements): elements.count
        case .int64(let elements): elements.count
        case .float64(let elements): elements.count
        }
    }

    /// How the elements are marked in the file.
    var elementType: ValueType {
        switch self {
        case .uint8: .uint8
        case .int8: .int8
        case .uint16: .uint16
        case .int16: .int16
        case .uint32: .uint32
        case .int32: .int32
        case .float32: .float32
        case .bool: .bool
        case .string, .malformedStrings: .string
        case .array: .array
        case .uint64: .uint64
        case .int64: .int64
        case .float64: .float64
        }
    }
}
