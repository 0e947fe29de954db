/// A Swift type that a metadata value can be asked for as.
public protocol GGUFConvertible {
    /// What the file should hold, for messages: "an integer within 0…255".
    static var ggufExpectation: String { get }

    /// Returns nil when the value has another type or does not fit.
    init?(gguf value: GGUFValue)
}

extension GGUFConvertible where Self: FixedWidthInteger {
    /// An integer within the type's range.
    public static var ggufExpectation: String { "an integer within \(min)…\(max)" }

    /// Accepts an integer of any width that fits.
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
    /// A float.
    public static var ggufExpectation: String { "a float" }

    /// Accepts f32, and f64 rounded.
    public init?(gguf value: GGUFValue) {
        switch value {
        case .float32(let value): self = value
        case .float64(let value): self = Float(value)
        default: return nil
        }
    }
}

extension Double: GGUFConvertible {
    /// A float.
    public static var ggufExpectation: String { "a float" }

    /// Accepts f32 and f64.
    public init?(gguf value: GGUFValue) {
        switch value {
        case .float32(let value): self = Double(value)
        case .float64(let value): self = value
        default: return nil
        }
    }
}

extension Bool: GGUFConvertible {
    /// A truth value.
    public static var ggufExpectation: String { "true or false" }

    /// Accepts bool only.
    public init?(gguf value: GGUFValue) {
        guard case .bool(let value) = value else { return nil }
        self = value
    }
}

extension String: GGUFConvertible {
    /// A text.
    public static var ggufExpectation: String { "a text" }

    /// Accepts str only.
    public init?(gguf value: GGUFValue) {
        guard case .string(let value) = value else { return nil }
        self = value
    }
}
