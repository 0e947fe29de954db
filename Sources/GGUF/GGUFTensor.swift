/// A tensor of a mapped model file. Copying one copies no weights, and each copy keeps the file mapped.
public struct GGUFTensor: Sendable {
    let layout: TensorLayout
    let file: MappedFile
    /// Where the weights lie in `file`; checked when the file was opened.
    let range: Range<Int>

    /// The tensor's name, for example "blk.0.attn_q.weight".
    public var name: String { layout.name }

    /// The length of each dimension in ggml's order: `shape[0]` is the contiguous one, the row.
    ///
    /// A matrix that maps n inputs to m outputs is [n, m]. At most four dimensions, all positive; none for
    /// a single number.
    public var shape: [Int] { layout.shape }

    /// How the numbers are stored.
    public var type: GGMLType { layout.type }

    /// Numbers in one row.
    public var rowLength: Int { layout.shape.first ?? 1 }

    /// How many rows there are: the product of all dimensions but the first.
    public var rowCount: Int { layout.rowCount }

    /// Numbers in the whole tensor.
    public var elementCount: Int { rowLength * rowCount }

    /// Bytes in one row.
    public var rowBytes: Int { layout.rowBytes }

    /// Bytes in the whole tensor.
    public var byteCount: Int { layout.byteCount }

    /// The weights, in place in the mapped file: `byteCount` bytes, row after row, aligned to 8 bytes or more.
    ///
    /// The pointer is valid as long as some copy of this tensor, or its `GGUFFile`, is alive: store the tensor
    /// beside whatever holds the pointer.
    public var bytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: file.bytes[range])
    }
}
