/// One file about to be written: its header, encoded, and the tensors that follow.
struct ShardPlan {
    let header: [UInt8]
    let tensors: ArraySlice<TensorSource>
    let alignment: Int
}

extension ShardPlan {
    /// Plans for tensors in this order, in as few files of at most `limit` bytes as the order allows; nil: one file.
    ///
    /// - Throws: `GGUFError.invalidKey` for an alignment that is none, metadata that exceed `limit`, or more files than
    ///   their numbers can count; `.invalidTensor` for a tensor that exceeds `limit`.
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
        let ranges = try ShardRanges(
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

    /// Bytes of a shard's header before its list of tensors. The three keys that number a shard take as many bytes
    /// whatever their values, so this is exact before the values are known.
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

    /// Bytes of the file.
    private var byteCount: Int {
        tensors.reduce(header.count) { $0 + $1.layout.byteCount + $1.layout.byteCount.padding(to: alignment) }
    }
}

extension GGUFMetadata {
    /// A copy with the three keys that mark one file of a split model, typed as llama.cpp types them. `number` counts
    /// from 0; `tensors` are those of all files together.
    fileprivate func shard(_ number: Int, of count: Int, tensors: Int) -> GGUFMetadata {
        var result = self
        result[Self.shardNumberKey] = .uint16(UInt16(number))
        result[Self.shardCountKey] = .uint16(UInt16(count))
        result[Self.shardTensorsKey] = .int32(Int32(clamping: tensors))
        return result
    }
}
