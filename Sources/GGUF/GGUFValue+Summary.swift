extension GGUFValue {
    /// The type and, where it is short, the value: "u32 7", "[str] of 49152".
    public var summary: String {
        let text: String
        switch self {
        case .uint8(let value): text = "\(value)"
        case .int8(let value): text = "\(value)"
        case .uint16(let value): text = "\(value)"
        case .int16(let value): text = "\(value)"
        case .uint32(let value): text = "\(value)"
        case .int32(let value): text = "\(value)"
        case .float32(let value): text = "\(value)"
        case .bool(let value): text = "\(value)"
        case .string(let value): text = value.quoted
        case .malformedString: text = "that is not UTF-8"
        case .array(.malformedStrings(let texts)): text = "of \(texts.count), not all of them UTF-8"
        case .array(let array): text = "of \(array.count)"
        case .uint64(let value): text = "\(value)"
        case .int64(let value): text = "\(value)"
        case .float64(let value): text = "\(value)"
        }
        return "\(typeName) \(text)"
    }
}
