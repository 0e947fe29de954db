/// What one GGUF file holds: its metadata and its tensors, all checked.
struct Shard {
    let version: UInt32
    let metadata: GGUFMetadata
    let tensors: [GGUFTensor]

    init(path: String) throws(GGUFError) {
        let file = try MappedFile(path: path)
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

/// A tensor as the header tells of it: the offset counts from the start of the data.
struct TensorEntry {
    let layout: TensorLayout
    let offset: UInt64
}

extension ByteReader {
    /// Reads magic number and version.
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
            throw .notGGUF(
                path: file.path, reason: "version \(version) is unknown; versions 2 and 3 are read")
        }
    }

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

    mutating func alignment(in metadata: GGUFMetadata) throws(GGUFError) -> Int {
        item = "the key '\(GGUFMetadata.alignmentKey)'"
        guard let alignment = metadata.alignment else {
            throw corrupted("should be a u32, a power of two and 8 or more")
        }
        return alignment
    }

    mutating func tensorEntries(count: Int) throws(GGUFError) -> [TensorEntry] {
        var entries: [TensorEntry] = []
        var names: Set<String> = []
        for index in 0..<count {
            item = "tensor number \(index + 1)"
            let name = try string()
            item = "the tensor \(name.quoted)"
            guard names.insert(name).inserted else { throw corrupted("appears twice") }
            let dimensions = try integer(UInt32.self)
            guard dimensions <= TensorLayout.dimensionLimit else {
                throw corrupted("it has \(dimensions) dimensions, more than \(TensorLayout.dimensionLimit)")
            }
            var shape: [Int] = []
            for _ in 0..<dimensions {
                let length = try integer(UInt64.self)
                guard let length = Int(exactly: length) else {
                    throw corrupted("has a dimension of \(length)")
                }
                shape.append(length)
            }
            let code = try integer(UInt32.self)
            guard let type = GGMLType(rawValue: code) else {
                throw .unsupportedTensor(
                    path: file.path, name: name,
                    reason: "has the type number \(code), which this program does not know; "
                        + "use a model in F16, Q8_0 or another common type"
                )
            }
            let offset = try integer(UInt64.self)
            do {
                entries.append(
                    TensorEntry(
                        layout: try TensorLayout(name: name, shape: shape, type: type), offset: offset))
            } catch {
                throw corrupted(error.reason)
            }
        }
        return entries
    }

    /// Finds every tensor's bytes in the data that follow the header.
    mutating func locate(_ entries: [TensorEntry], alignment: Int) throws(GGUFError) -> [GGUFTensor] {
        guard !entries.isEmpty else { return [] }
        item = "the header"
        let (padded, overflow) = offset.addingReportingOverflow(alignment - 1)
        let start = padded & ~(alignment - 1)
        guard !overflow, start <= file.bytes.count else { throw corrupted("ends before the tensors' data") }
        let available = file.bytes.count - start
        var tensors: [GGUFTensor] = []
        for entry in entries {
            item = "the tensor \(entry.layout.name.quoted)"
            let size = entry.layout.byteCount
            guard let offset = Int(exactly: entry.offset), offset.isMultiple(of: alignment) else {
                throw corrupted("its offset \(entry.offset) is not a multiple of \(alignment)")
            }
            guard size <= available, offset <= available - size else {
                throw corrupted("its \(size) bytes at offset \(offset) reach past the end of the file")
            }
            let begin = start + offset
            tensors.append(GGUFTensor(layout: entry.layout, file: file, range: begin..<begin + size))
        }
        try refuseOverlaps(among: tensors)
        return tensors
    }

    private func refuseOverlaps(among tensors: [GGUFTensor]) throws(GGUFError) {
        let ordered = tensors.sorted { $0.range.lowerBound < $1.range.lowerBound }
        for (left, right) in zip(ordered, ordered.dropFirst())
        where left.range.upperBound > right.range.lowerBound {
            throw .corrupted(
                path: file.path, item: "the tensor \(right.name.quoted)",
                reason: "its data overlap those of \(left.name.quoted)"
            )
        }
    }
}
