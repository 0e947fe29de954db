/// Decides which of a model's tensors go into which shard: consecutive ones, as many as fit one file.
struct ShardRanges {
    /// All tensors of the model, in the order of the files.
    let tensors: [TensorSource]
    /// The most bytes a file may have.
    let limit: Int
    /// Every tensor's data begin at a multiple of so many bytes.
    let alignment: Int
    /// Bytes before the list of tensors in the first file, which has all the metadata.
    let firstHeader: Int
    /// Bytes before the list of tensors in every other file.
    let otherHeader: Int

    /// The places in `tensors` that each file holds, file after file. The first may be empty, when the metadata
    /// take up its room.
    ///
    /// - Throws: `GGUFError.invalidKey` when the metadata alone, `.invalidTensor` when one tensor exceeds `limit`.
    func ranges() throws(GGUFError) -> [Range<Int>] {
        guard firstHeader <= limit else {
            throw .invalidKey(
                key: GGUFMetadata.shardCountKey,
                reason: "the metadata take \(firstHeader) bytes, more than a file's limit of \(limit)"
            )
        }
        var ranges: [Range<Int>] = []
        var start = 0
        var size = FileSize(header: firstHeader, data: 0)
        for (index, tensor) in tensors.enumerated() {
            let grown = size.adding(tensor.layout, alignment: alignment)
            if grown.total(alignment) <= limit {
                size = grown
                continue
            }
            ranges.append(start..<index)
            start = index
            size = FileSize(header: otherHeader, data: 0).adding(tensor.layout, alignment: alignment)
            guard size.total(alignment) <= limit else {
                throw .invalidTensor(
                    name: tensor.layout.name,
                    reason: "its \(tensor.layout.byteCount) bytes do not fit a file of at most \(limit); "
                        + "raise the limit"
                )
            }
        }
        return ranges + [start..<tensors.count]
    }
}

/// The size of a file that is being filled.
private struct FileSize {
    /// Bytes before the data, without the padding at their end.
    var header: Int
    /// Bytes of the tensors' data, each padded.
    var data: Int

    func adding(_ layout: TensorLayout, alignment: Int) -> FileSize {
        var writer = ByteWriter()
        writer.tensor(layout, offset: 0)
        return FileSize(
            header: header + writer.bytes.count,
            data: data + layout.byteCount + layout.byteCount.padding(to: alignment)
        )
    }

    func total(_ alignment: Int) -> Int {
        header + header.padding(to: alignment) + data
    }
}
