/// What one GGUF file holds: its metadata and its tensors, all checked.
struct Shard {
    let version: UInt32
    let byteCount: Int
    let metadata: GGUFMetadata
    let tensors: [GGUFTensor]

    init(path: String) throws(GGUFError) {
        try self.init(try MappedFile(path: path))
    }

    init(_ file: MappedFile) throws(GGUFError) {
        byteCount = file.bytes.count
        var reader = ByteReader(file)
        version = try reader.version()
        let tensorCount = try reader.count(of: "tensors", elementBytes: 25)
        let keyCount = try reader.count(of: "keys", elementBytes: 14)
        metadata = try reader.metadata(count: keyCount)
        let alignment = try reader.alignment(in: metadata)
        let entries = try reader.tensorEntries(count: tensorCount)
        tensors = try reader.locate(entries, alignment: alignment)
    }
}

extension ByteReader {
    /// Reads the magic number and the version of the format, 2 or 3.
    ///
    /// - Throws: `GGUFError.notGGUF` for anything else.
    mutating func version() throws(GGUFError) -> UInt32 {
        guard remaining >= 8, try take(4).elementsEqual("GGUF".utf8) else {
            throw .notGGUF(path: file.path, reason: "it does not begin with 'GGUF'")
        }
        let version = try integer(UInt32.self)
        switch version {
        case 2, 3:
            return version
        case 1:
            throw .notGGUF(path: file.path, reason: "version 1 is obsolete; convert the model again")
        case _ where (1...3).contains(version.byteSwapped):
            throw .notGGUF(path: file.path, reason: "it is big-endian; convert it to little-endian")
        default:
            throw .notGGUF(path: file.path, reason: "version \(version) is unknown; 2 and 3 can be read")
        }
    }

    /// Reads `count` metadata entries.
    ///
    /// - Throws: `GGUFError.corrupted` naming the key that is damaged or there twice.
    mutating func metadata(count: Int) throws(GGUFError) -> GGUFMetadata {
        var metadata = GGUFMetadata()
        for index in 0..<count {
            item = "key number \(index + 1)"
            let key = try string()
            guard (1...GGUFMetadata.keyLimit).contains(key.utf8.count) else {
                throw corrupted("should have 1 to \(GGUFMetadata.keyLimit) bytes, but has \(key.utf8.count)")
            }
            item = "the key \(key.quoted)"
            guard metadata[key] == nil else { throw corrupted("appears twice") }
            metadata[key] = try value()
        }
        return metadata
    }

    /// The bytes at whose multiples tensors begin, by a file's metadata.
    ///
    /// - Throws: `GGUFError.corrupted` for a value that will not do.
    mutating func alignment(in metadata: GGUFMetadata) throws(GGUFError) -> Int {
        item = "the key '\(GGUFMetadata.alignmentKey)'"
        guard let alignment = metadata.alignment else {
            throw corrupted("should be a u32, a power of two and 8 or more")
        }
        return alignment
    }
}
