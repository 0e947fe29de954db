/// A Swift type into which metadata values of a GGUF file can be converted.
public protocol GGUFConvertible {
    /// What a value must be to be converted, for messages: "an integer within 0…255".
    static var ggufExpectation: String { get }

    /// Converts a metadata value; nil when it has another type or does not fit.
    init?(gguf value: GGUFValue)
}

extension GGUFConvertible where Self: FixedWidthInteger {
    /// What a value must be to be converted, for messages: an integer within the type's range.
    public static var ggufExpectation: String { "an integer within \(min)…\(max)" }

    /// Converts a metadata integer of any width; nil when the value is out of this type's range or no integer.
    public init?(gguf value: GGUFValue) {
        switch value {
        case .uint8(let value): self.init(exactly: value)
        case .int8(let value): self.init(exactly: value)
        case .uint16(let value): self.init(exactly: value)
        case .int16(let value): self.init(exactly: value)
        case .uint32(let value): self.init(exactly: value)
        case .int32(let value): self.init(exactly: value)
        case .uint64(let value): self.init(exactly: value)
        case .int64(let value): self.init(exactly: value)
        default: return nil
        }
    }
}

extension UInt8: GGUFConvertible {}
extension UInt16: GGUFConvertible {}
extension UInt32: GGUFConvertible {}
extension UInt64: GGUFConvertible {}
extension Int8: GGUFConvertible {}
extension Int16: GGUFConvertible {}
extension Int32: GGUFConvertible {}
extension Int64: GGUFConvertible {}
extension Int: GGUFConvertible {}

extension Float: GGUFConvertible {
    /// What a value must be to be converted, for messages: a float.
    public static var ggufExpectation: String { "a float" }

    /// Converts a metadata float: f32 as it is, f64 rounded to the nearest; nil for any other type.
    public init?(gguf value: GGUFValue) {
        switch value {
        case .float32(let value): self = value
        case .float64(let value): self = Float(value)
        default: return nil
        }
    }
}

extension Double: GGUFConvertible {
    /// What a value must be to be converted, for messages: a float.
    public static var ggufExpectation: String { "a float" }

    /// Converts a metadata float, f32 or f64, exactly; nil for any other type.
    public init?(gguf value: GGUFValue) {
        switch value {
        case .float32(let value): self = Double(value)
        case .float64(let value): self = value
        default: return nil
        }
    }
}

extension Bool: GGUFConvertible {
    /// What a value must be to be converted, for messages: true or false.
    public static var ggufExpectation: String { "true or false" }

    /// Converts a metadata truth value; nil for any other type.
    public init?(gguf value: GGUFValue) {
        guard case .bool(let value) = value else { return nil }
        self = value
    }
}

extension String: GGUFConvertible {
    /// What a value must be to be converted, for messages: a text.
    public static var ggufExpectation: String { "a text" }

    /// Converts a metadata text; nil for any other type.
    public init?(gguf value: GGUFValue) {
        guard case .string(let value) = value else { return nil }
        self = value
    }
}
