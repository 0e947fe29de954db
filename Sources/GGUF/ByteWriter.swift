/// Encodes the header of a GGUF file.
struct ByteWriter {
    private(set) var bytes: [UInt8] = []

    /// Appends an integer, little-endian.
    mutating func integer(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    /// Appends a text: its length in bytes as a u64, then UTF-8.
    mutating func string(_ value: String) {
        text(value.utf8)
    }

    private mutating func text(_ value: some Collection<UInt8>) {
        integer(UInt64(value.count))
        bytes.append(contentsOf: value)
    }

    /// Appends a metadata entry: key, type, value.
    mutating func entry(key: String, value: GGUFValue) {
        string(key)
        integer(value.type.rawValue)
        self.value(value)
    }

    private mutating func value(_ value: GGUFValue) {
        switch value {
        case .uint8(let value): integer(value)
        case .int8(let value): integer(value)
        case .uint16(let value): integer(value)
        case .int16(let value): integer(value)
        case .uint32(let value): integer(value)
        case .int32(let value): integer(value)
        case .float32(let value): integer(value.bitPattern)
        case .bool(let value): integer(UInt8(value ? 1 : 0))
        case .string(let value): string(value)
        case .malformedString(let value): text(value)
        case .array(let array): self.array(array)
        case .uint64(let value): integer(value)
        case .int64(let value): integer(value)
        case .float64(let value): integer(value.bitPattern)
        }
    }

    private mutating func array(_ array: GGUFArray) {
        integer(array.elementType.rawValue)
        integer(UInt64(array.count))
        switch array {
        case .uint8(let elements): numbers(elements)
        case .int8(let elements): numbers(elements)
        case .uint16(let elements): numbers(elements)
        case .int16(let elements): numbers(elements)
        case .uint32(let elements): numbers(elements)
        case .int32(let elements): numbers(elements)
        case .float32(let elements): numbers(elements)
        case .bool(let elements): bytes.append(contentsOf: elements.lazy.map { $0 ? 1 : 0 })
        case .string(let elements): elements.forEach { string($0) }
        case .malformedStrings(let elements): elements.forEach { text($0) }
        case .array(let elements): elements.forEach { self.array($0) }
        case .uint64(let elements): numbers(elements)
        case .int64(let elements): numbers(elements)
        case .float64(let elements): numbers(elements)
        }
    }

    /// Numbers lie in the file as in memory. GGUF and every platform built for are little-endian.
    private mutating func numbers(_ elements: [some BitwiseCopyable]) {
        elements.withUnsafeBytes { bytes.append(contentsOf: $0) }
    }

    /// Appends a tensor's line of the header; `offset` counts from the start of the tensors' data.
    mutating func tensor(_ layout: TensorLayout, offset: Int) {
        string(layout.name)
        integer(UInt32(layout.shape.count))
        layout.shape.forEach { integer(UInt64($0)) }
        integer(layout.type.rawValue)
        integer(UInt64(offset))
    }

    /// Appends zeros up to a multiple of `alignment` bytes.
    mutating func pad(to alignment: Int) {
        bytes.append(contentsOf: repeatElement(0, count: bytes.count.padding(to: alignment)))
    }
}

extension Int {
    /// What is missing to the next multiple of `alignment`, a power of two; 0 for a multiple.
    func padding(to alignment: Int) -> Int {
        (alignment - self & (alignment - 1)) & (alignment - 1)
    }
}
