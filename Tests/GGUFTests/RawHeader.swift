/// Builds files that `GGUFWriter` would refuse to write.
struct RawHeader {
    private(set) var bytes: [UInt8] = []

    init(version: UInt32 = 3, tensors: UInt64 = 0, keys: UInt64 = 0) {
        bytes = Array("GGUF".utf8)
        number(version)
        number(tensors)
        number(keys)
    }

    mutating func number(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.littleEndian) { bytes += $0 }
    }

    mutating func text(_ value: String) {
        number(UInt64(value.utf8.count))
        bytes += value.utf8
    }

    mutating func key(_ key: String, type: UInt32, value: [UInt8]) {
        text(key)
        number(type)
        bytes += value
    }

    mutating func tensor(_ name: String, shape: [UInt64], type: UInt32 = 0, offset: UInt64 = 0) {
        text(name)
        number(UInt32(shape.count))
        shape.forEach { number($0) }
        number(type)
        number(offset)
    }

    /// Pads to 32 bytes and adds the tensors' data.
    func with(data: Int) -> [UInt8] {
        bytes + [UInt8](repeating: 0, count: (32 - bytes.count % 32) % 32 + data)
    }
}
