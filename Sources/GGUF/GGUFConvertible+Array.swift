extension Array: GGUFConvertible where Element: GGUFConvertible {
    /// What a value must be to be converted, for messages: an array, and what each of its elements must be.
    public static var ggufExpectation: String { "an array, each element \(Element.ggufExpectation)" }

    /// Converts a metadata array; nil when it is none or one of its elements does not convert.
    public init?(gguf value: GGUFValue) {
        guard case .array(let array) = value else { return nil }
        switch array {
        case .uint8(let elements): self.init(elements, GGUFValue.uint8)
        case .int8(let elements): self.init(elements, GGUFValue.int8)
        case .uint16(let elements): self.init(elements, GGUFValue.uint16)
        case .int16(let elements): self.init(elements, GGUFValue.int16)
        case .uint32(let elements): self.init(elements, GGUFValue.uint32)
        case .int32(let elements): self.init(elements, GGUFValue.int32)
        case .float32(let elements): self.init(elements, GGUFValue.float32)
        case .bool(let elements): self.init(elements, GGUFValue.bool)
        case .string(let elements): self.init(elements, GGUFValue.string)
        case .malformedStrings: return nil
        case .array(let elements): self.init(elements, GGUFValue.array)
        case .uint64(let elements): self.init(elements, GGUFValue.uint64)
        case .int64(let elements): self.init(elements, GGUFValue.int64)
        case .float64(let elements): self.init(elements, GGUFValue.float64)
        }
    }

    private init?<Stored>(_ stored: [Stored], _ wrap: (Stored) -> GGUFValue) {
        // An array that is stored as what is asked for, as a vocabulary is, keeps its storage.
        if let same = stored as? [Element], Stored.self == Element.self {
            self = same
            return
        }
        self.init()
        reserveCapacity(stored.count)
        for value in stored {
            guard let element = Element(gguf: wrap(value)) else { return nil }
            append(element)
        }
    }
}
