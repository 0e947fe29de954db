/// A tensor as a file's header describes it, its layout checked and its place not yet.
struct TensorEntry {
    let layout: TensorLayout
    /// Where its bytes begin, counted from the start of the tensors' data, which follow the header.
    let offset: UInt64
}

extension ByteReader {
    /// Reads the header's list of `count` tensors.
    ///
    /// - Throws: `GGUFError.corrupted` naming the tensor, or `.unsupportedTensor` for a type that is not ggml's.
    mutating func tensorEntries(count: Int) throws(GGUFError) -> [TensorEntry] {
        var entries: [TensorEntry] = []
        var names: Set<String> = []
        for index in 0..<count {
            item = "tensor number \(index + 1)"
            let entry = try tensorEntry()
            guard names.insert(entry.layout.name).inserted else { throw corrupted("appears twice") }
            entries.append(entry)
        }
        return entries
    }

    private mutating func tensorEntry() throws(GGUFError) -> TensorEntry {
        let name = try string()
        item = "the tensor \(name.quoted)"
        let shape = try shape()
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
            let layout = try TensorLayout(name: name, shape: shape, type: type)
            return TensorEntry(layout: layout, offset: offset)
        } catch {
            throw corrupted(error.reason)
        }
    }

    private mutating func shape() throws(GGUFError) -> [Int] {
        let count = try integer(UInt32.self)
        guard count <= TensorLayout.dimensionLimit else {
            throw corrupted("it has \(count) dimensions, more than \(TensorLayout.dimensionLimit)")
        }
        var shape: [Int] = []
        for _ in 0..<count {
            let length = try integer(UInt64.self)
            guard let length = Int(exactly: length) else {
                throw corrupted("it has a dimension of \(length)")
            }
            shape.append(length)
        }
        return shape
    }

    /// Finds the bytes of every tensor in the data that follow the header, which has been read to its end.
    ///
    /// - Throws: `GGUFError.corrupted` for a tensor that is not aligned, reaches past the end of the file or overlaps
    ///   another.
    mutating func locate(_ entries: [TensorEntry], alignment: Int) throws(GGUFError) -> [GGUFTensor] {
        guard !entries.isEmpty else { return [] }
        item = "the header"
        let start = offset + offset.padding(to: alignment)
        guard start <= file.bytes.count else { throw corrupted("ends before the tensors' data") }
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
