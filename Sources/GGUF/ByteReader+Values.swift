extension ByteReader {
    /// Arrays of arrays go no deeper than this, so that a hostile file cannot exhaust the stack.
    static var deepestArray: Int { 8 }

    /// Reads the type and the value of a metadata entry.
    mutating func value() throws(GGUFError) -> GGUFValue {
        switch try valueType() {
        case .uint8: .uint8(try integer())
        case .int8: .int8(try integer())
        case .uint16: .uint16(try integer())
        case .int16: .int16(try integer())
        case .uint32: .uint32(try integer())
        case .int32: .int32(try integer())
        case .float32: .float32(Float(bitPattern: try integer()))
        case .bool: .bool(try bool())
        case .string: try stringValue()
        case .array: .array(try array(depth: 1))
        case .uint64: .uint64(try integer())
        case .int64: .int64(try integer())
        case .float64: .float64(Double(bitPattern: try integer()))
        }
    }

    private mutating func stringValue() throws(GGUFError) -> GGUFValue {
        let text = try text()
        return String(validating: text, as: UTF8.self).map(GGUFValue.string) ?? .malformedString(Array(text))
    }

    private mutating func strings() throws(GGUFError) -> GGUFArray {
        let beginning = self
        let count = try count(of: "elements", elementBytes: 8)
        var strings: [String] = []
        strings.reserveCapacity(count)
        for _ in 0..<count {
            guard let string = String(validating: try text(), as: UTF8.self) else {
                self = beginning
                let texts = try elements(minimumBytes: 8) { (reader) throws(GGUFError) in
                    Array(try reader.text())
                }
                return .malformedStrings(texts)
            }
            strings.append(string)
        }
        return .string(strings)
    }

    private mutating func array(depth: Int) throws(GGUFError) -> GGUFArray {
        switch try valueType() {
        case .uint8: return .uint8(try numbers())
        case .int8: return .int8(try numbers())
        case .uint16: return .uint16(try numbers())
        case .int16: return .int16(try numbers())
        case .uint32: return .uint32(try numbers())
        case .int32: return .int32(try numbers())
        case .float32: return .float32(try numbers())
        case .bool:
            return .bool(try elements(minimumBytes: 1) { (reader) throws(GGUFError) in try reader.bool() })
        case .string:
            return try strings()
        case .array:
            guard depth < Self.deepestArray else {
                throw corrupted("nests arrays more than \(Self.deepestArray) deep")
            }
            return .array(
                try elements(minimumBytes: 12) { (reader) throws(GGUFError) in
                    try reader.array(depth: depth + 1)
                }
            )
        case .uint64: return .uint64(try numbers())
        case .int64: return .int64(try numbers())
        case .float64: return .float64(try numbers())
        }
    }

    private mutating func valueType() throws(GGUFError) -> ValueType {
        let code = try integer(UInt32.self)
        guard let type = ValueType(rawValue: code) else {
            throw corrupted("has the unknown value type \(code)")
        }
        return type
    }

    private mutating func bool() throws(GGUFError) -> Bool {
        switch try integer(UInt8.self) {
        case 0: false
        case 1: true
        case let byte: throw corrupted("is \(byte) where true or false should be")
        }
    }

    /// Numbers lie in the file as in memory: one copy. GGUF and every platform built for are little-endian.
    private mutating func numbers<T: BitwiseCopyable>() throws(GGUFError) -> [T] {
        let size = MemoryLayout<T>.size
        let count = try count(of: "elements", elementBytes: size)
        let bytes = try take(count * size)
        return [T](unsafeUninitializedCapacity: count) { buffer, initialized in
            UnsafeMutableRawBufferPointer(buffer).copyMemory(from: bytes)
            initialized = count
        }
    }

    private mutating func elements<T>(
        minimumBytes: Int, _ read: (inout ByteReader) throws(GGUFError) -> T
    ) throws(GGUFError) -> [T] {
        let count = try count(of: "elements", elementBytes: minimumBytes)
        var result: [T] = []
        result.reserveCapacity(count)
        for _ in 0..<count {
            result.append(try read(&self))
        }
        return result
    }
}
