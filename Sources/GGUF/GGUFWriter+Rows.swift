extension GGUFWriter {
    /// Makes one row of a tensor that is to be quantised. Its arguments are the row's index and a buffer to fill, as
    /// long as the tensor's contiguous dimension.
    public typealias FillRow = (Int, UnsafeMutableBufferPointer<Float>) throws(GGUFError) -> Void

    /// Adds a tensor of 32-bit floats, row after row.
    ///
    /// - Parameter shape: the length of each dimension, the contiguous one first.
    /// - Throws: `GGUFError.invalidTensor` when the name is taken or the shape does not hold `floats.count` numbers.
    public mutating func add(name: String, shape: [Int], floats: [Float]) throws(GGUFError) {
        let layout = try Self.layout(name: name, shape: shape, type: .f32)
        guard layout.byteCount == floats.count * MemoryLayout<Float>.size else {
            throw .invalidTensor(
                name: name, reason: "its shape \(shape) does not hold \(floats.count) numbers")
        }
        try add(name: name, shape: shape, type: .f32) { buffer in
            floats.withUnsafeBytes { buffer.copyMemory(from: $0) }
        }
    }

    /// Adds a tensor to be stored as Q8_0, which is made and quantised row by row when the model is written.
    ///
    /// - Parameters:
    ///   - shape: the length of each dimension, the contiguous one first, a multiple of 32.
    ///   - fillRow: makes a row's floats; it is called for the rows in order.
    /// - Throws: `GGUFError.invalidTensor` when the name is taken or the shape unfit; `write` throws it when
    ///   a number is not finite or too large.
    public mutating func add(
        name: String, shape: [Int], quantizing fillRow: @escaping FillRow
    ) throws(GGUFError) {
        let layout = try Self.layout(name: name, shape: shape, type: .q8_0)
        try add(name: name, shape: shape, type: .q8_0) { (buffer) throws(GGUFError) in
            let floats = UnsafeMutableBufferPointer<Float>.allocate(capacity: shape.first ?? 1)
            defer { floats.deallocate() }
            floats.initialize(repeating: 0)
            for row in 0..<layout.rowCount {
                try fillRow(row, floats)
                let start = row * layout.rowBytes
                let target = UnsafeMutableRawBufferPointer(rebasing: buffer[start..<start + layout.rowBytes])
                guard Q8Quantizer.quantize(UnsafeBufferPointer(floats), into: target) else {
                    throw .invalidTensor(
                        name: name, reason: "row \(row) has a number that is not finite or too large for Q8_0"
                    )
                }
            }
        }
    }
}
