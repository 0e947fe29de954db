/// One file about to be written: its header, encoded, and the tensors that follow.
struct ShardPlan {
    let header: [UInt8]
    let tensors: ArraySlice<TensorSource>
    let alignment: Int
}

extension ShardPlan {
    /// Shares the tensors out, in order, among as few files of at most `limit` bytes as that allows.
    static func plans(
        for tensors: [TensorSource], metadata: GGUFMetadata, limit: Int?
    ) throws(GGUFError) -> [ShardPlan] {
        guard let alignment = metadata.alignment else {
            throw .invalidKey(
                key: GGUFMetadata.alignmentKey, reason: "it should be a u32, a power of two and 8 or more"
            )
        }
        var model = metadata
        GGUFMetadata.shardKeys.forEach { model[$0] = nil }
        let whole = ShardPlan(metadata: model, tensors: tensors[...], alignment: alignment)
        guard let limit, whole.byteCount > limit else { return [whole] }

        var others: GGUFMetadata = [:]
        others[GGUFMetadata.alignmentKey] = model[GGUFMetadata.alignmentKey]
        let ranges = try Partition(
            tensors: tensors, limit: limit, alignment: alignment,
            firstHeader: headerBytes(model), otherHeader: headerBytes(others)
        ).ranges()
        guard ranges.count <= UInt16.max else {
            throw .invalidKey(key: GGUFMetadata.shardCountKey, reason: "\(ranges.count) files are too many")
        }
        return ranges.enumerated().map { index, range in
            let base = index == 0 ? model : others
            return ShardPlan(
                metadata: base.shard(index, of: ranges.count, tensors: tensors.count),
                tensors: tensors[range],
                alignment: alignment
            )
        }
    }

    /// The header's size without tensors. The shard keys' size does not depend on their values, so it is exact
    /// before those are known.
    private static func headerBytes(_ metadata: GGUFMetadata) -> Int {
        ShardPlan(metadata: metadata.shard(0, of: 0, tensors: 0), tensors: [], alignment: 1).header.count
    }

    private init(metadata: GGUFMetadata, tensors: ArraySlice<TensorSource>, alignment: Int) {
        var writer = ByteWriter()
        "GGUF".utf8.forEach { writer.integer($0) }
        writer.integer(UInt32(3))
        writer.integer(UInt64(tensors.count))
        writer.integer(UInt64(metadata.count))
        for (key, value) in metadata {
            writer.entry(key: key, value: value)
        }
        var offset = 0
        for tensor in tensors {
            writer.tensor(tensor.layout, offset: offset)
            offset += tensor.layout.byteCount + tensor.layout.byteCount.padding(to: alignment)
        }
        if !tensors.isEmpty { writer.pad(to: alignment) }
        header = writer.bytes
        self.tensors = tensors
        self.alignment = alignment
    }

    /// Writes the header and, one at a time, the tensors.
    func write(to file: TemporaryFile) throws(GGUFError) {
        try file.write(header)
        for tensor in tensors {
            try tensor.withBytes { (bytes) throws(GGUFError) in try file.write(bytes) }
            let padding = tensor.layout.byteCount.padding(to: alignment)
            try file.write([UInt8](repeating: 0, count: padding))
        }
    }

    /// The size of the file.
    private var byteCount: Int {
        tensors.reduce(header.count) { $0 + $1.layout.byteCount + $1.layout.byteCount.padding(to: alignment) }
    }
}

extension GGUFMetadata {
    /// These keys with those that mark one file of a split model, typed as llama.cpp types them.
    fileprivate func shard(_ number: Int, of count: Int, tensors: Int) -> GGUFMetadata {
        var result = self
        result[Self.shardNumberKey] = .uint16(UInt16(number))
        result[Self.shardCountKey] = .uint16(UInt16(count))
        result[Self.shardTensorsKey] = .int32(Int32(clamping: tensors))
        return result
    }
}
