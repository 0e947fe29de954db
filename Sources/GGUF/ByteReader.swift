/// Reads a mapped file from front to back; every read is checked against what is left.
struct ByteReader {
    let file: MappedFile
    private(set) var offset = 0
    /// What is being read, for errors: "the header", "the key 'general.name'".
    var item = "the header"

    init(_ file: MappedFile) {
        self.file = file
    }

    /// Bytes not yet read.
    var remaining: Int {
        file.bytes.count - offset
    }

    /// The error that `item` is damaged; the reason goes on from its name: "appears twice".
    func corrupted(_ reason: String) -> GGUFError {
        .corrupted(path: file.path, item: item, reason: reason)
    }

    /// The next `count` bytes, in place in the mapped file.
    ///
    /// - Throws: `GGUFError.corrupted` when the file has fewer left.
    mutating func take(_ count: Int) throws(GGUFError) -> UnsafeRawBufferPointer {
        guard count >= 0, count <= remaining else {
            throw corrupted("needs \(count) bytes where the file has \(remaining) left")
        }
        defer { offset += count }
        return UnsafeRawBufferPointer(rebasing: file.bytes[offset..<offset + count])
    }

    /// The next integer, which GGUF stores little-endian.
    mutating func integer<T: FixedWidthInteger>(_ type: T.Type = T.self) throws(GGUFError) -> T {
        let bytes = try take(MemoryLayout<T>.size)
        return T(littleEndian: bytes.loadUnaligned(as: T.self))
    }

    /// A count of things that take at least `elementBytes` each, so never more than the file has room for.
    mutating func count(of things: String, elementBytes: Int) throws(GGUFError) -> Int {
        let value = try integer(UInt64.self)
        guard let count = Int(exactly: value), count <= remaining / elementBytes else {
            throw corrupted("claims \(value) \(things) where the file has \(remaining) bytes left")
        }
        return count
    }

    /// The next text: its length in bytes as a u64, then UTF-8.
    mutating func string() throws(GGUFError) -> String {
        guard let string = String(validating: try text(), as: UTF8.self) else {
            throw corrupted("holds text that is not UTF-8")
        }
        return string
    }

    /// The bytes of the next text, which may not be UTF-8, in place in the mapped file.
    mutating func text() throws(GGUFError) -> UnsafeRawBufferPointer {
        try take(try count(of: "bytes of text", elementBytes: 1))
    }
}
