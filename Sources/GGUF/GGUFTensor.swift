/// A tensor of a mapped model file. Copying one copies no weights, and each copy keeps the file mapped.
public struct GGUFTensor: Sendable {
    let layout: TensorLayout
    let file: MappedFile
    /// Where the weights lie in `file`; checked when the file was opened.
    let range: Range<Int>

    /// The tensor's name, for example "blk.0.attn_q.weight".
    public var name: String { layout.name }

    /// The length of each dimension in ggml's order, the contiguous one, the row, first: a matrix that maps n inputs to
    /// m outputs is [n, m]. There are at most four dimensions, all positive; a single number has none.
    public var shape: [Int] { layout.shape }

    /// How the numbers are stored.
    public var type: GGMLType { layout.type }

    /// Numbers in one row: the first dimension's length, 1 for a single number.
    public var rowLength: Int { layout.shape.first ?? 1 }

    /// How many rows the tensor has: the product of all dimensions but the first.
    public var rowCount: Int { layout.rowCount }

    /// Numbers in the whole tensor.
    public var elementCount: Int { rowLength * rowCount }

    /// Bytes of one row as it is stored.
    public var rowBytes: Int { layout.rowBytes }

    /// Bytes of the whole tensor as it is stored.
    public var byteCount: Int { layout.byteCount }

    /// The weights, in place in the mapped file: `byteCount` bytes, row after row, aligned to 8 bytes or more.
    ///
    /// The pointer is valid as long as some copy of this tensor, or its `GGUFFile`, is alive: store the tensor
    /// beside whatever holds the pointer.
    public var bytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: file.bytes[range])
    }
}
