/// A tensor to be written: its layout, and where its bytes come from.
struct TensorSource {
    enum Content {
        /// Bytes copied from a mapped file.
        case mapped(GGUFTensor)
        /// Bytes made when the tensor is written.
        case made(GGUFWriter.Fill)
    }

    let layout: TensorLayout
    let content: Content

    /// Lends `body` the tensor's bytes.
    func withBytes(_ body: (UnsafeRawBufferPointer) throws(GGUFError) -> Void) throws(GGUFError) {
        switch content {
        case .mapped(let tensor):
            try body(tensor.bytes)
        case .made(let fill):
            let buffer = UnsafeMutableRawBufferPointer.allocate(
                byteCount: layout.byteCount, alignment: GGUFMetadata.defaultAlignment)
            defer { buffer.deallocate() }
            buffer.initializeMemory(as: UInt8.self, repeating: 0)
            try fill(buffer)
            try body(UnsafeRawBufferPointer(buffer))
        }
    }
}
