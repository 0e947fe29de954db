/// Formats that store floats one by one: blocks of a single number, without a scale.
enum PlainBlocks {
    static func f32(_ source: UnsafeRawPointer, _ floats: UnsafeMutablePointer<Float>, _ count: Int) {
        UnsafeMutableRawPointer(floats).copyMemory(from: source, byteCount: count * MemoryLayout<Float>.size)
    }

    static func f16(_ source: UnsafeRawPointer, _ floats: UnsafeMutablePointer<Float>, _ count: Int) {
        for index in 0..<count {
            floats[index] = source.half(at: 2 * index)
        }
    }

    static func bf16(_ source: UnsafeRawPointer, _ floats: UnsafeMutablePointer<Float>, _ count: Int) {
        for index in 0..<count {
            let bits = source.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self)
            floats[index] = Float(bitPattern: UInt32(bits) << 16)
        }
    }
}

extension UnsafeRawPointer {
    /// The half-precision float at a byte offset.
    func half(at offset: Int) -> Float {
        HalfFloat.float(loadUnaligned(fromByteOffset: offset, as: UInt16.self))
    }

    /// The byte at an offset, as an integer to compute with.
    func byte(_ offset: Int) -> Int32 {
        Int32(load(fromByteOffset: offset, as: UInt8.self))
    }
}
