extension GGUFTensor {
    /// Writes one row as floats. `row` is within 0 ..< `rowCount`; `destination` has room for `rowLength` floats.
    ///
    /// F32, F16, BF16, Q8_0, Q4_0, Q4_1, Q5_0, Q5_1 and Q2_K to Q6_K are understood; results agree with the
    /// reference implementation to the last bit.
    ///
    /// - Throws: `GGUFError.unsupportedTensor` for any other type.
    public func dequantizeRow(
        _ row: Int, into destination: UnsafeMutableBufferPointer<Float>
    ) throws(GGUFError) {
        precondition((0..<rowCount).contains(row), "row out of bounds")
        precondition(destination.count >= rowLength, "destination too small")
        guard let decode = type.decoder else {
            throw .unsupportedTensor(
                path: file.path, name: name,
                reason: "is stored as \(type), which cannot be turned into floats; "
                    + "use a model in F16, Q8_0 or another common type"
            )
        }
        let start = row * rowBytes
        let source = UnsafeRawBufferPointer(rebasing: bytes[start..<start + rowBytes])
        guard let blocks = source.baseAddress, let floats = destination.baseAddress else { return }
        withExtendedLifetime(file) {
            decode(blocks, floats, rowLength / type.blockLength)
        }
    }

    /// The whole tensor as `elementCount` floats, row after row: for small tensors such as norms and biases.
    ///
    /// - Throws: `GGUFError.unsupportedTensor` for a type that has no floats here: F32, F16, BF16, Q8_0, Q4_0, Q4_1,
    ///   Q5_0, Q5_1 and Q2_K to Q6_K do.
    public func floats() throws(GGUFError) -> [Float] {
        var result = [Float](repeating: 0, count: elementCount)
        try result.withUnsafeMutableBufferPointer { (buffer) throws(GGUFError) in
            for row in 0..<rowCount {
                let floats = buffer[row * rowLength..<(row + 1) * rowLength]
                try dequantizeRow(row, into: UnsafeMutableBufferPointer(rebasing: floats))
            }
        }
        return result
    }
}

/// Turns consecutive blocks of a ggml type into floats. Its arguments are where the blocks lie, where the floats go,
/// and the number of blocks.
typealias BlockDecoder = (UnsafeRawPointer, UnsafeMutablePointer<Float>, Int) -> Void

extension GGMLType {
    /// Shows `decode` one block after the other: where it begins, and where its floats go.
    @inline(__always)
    func forEachBlock(
        _ source: UnsafeRawPointer, _ floats: UnsafeMutablePointer<Float>, _ count: Int,
        decode: (UnsafeRawPointer, UnsafeMutablePointer<Float>) -> Void
    ) {
        for block in 0..<count {
            decode(source + blockBytes * block, floats + blockLength * block)
        }
    }

    /// What turns blocks of this type into floats; nil for types this program does not compute with.
    var decoder: BlockDecoder? {
        switch self {
        case .f32: PlainBlocks.f32
        case .f16: PlainBlocks.f16
        case .bf16: PlainBlocks.bf16
        case .q4_0: SmallBlocks.q4WithoutMinimum
        case .q4_1: SmallBlocks.q4WithMinimum
        case .q5_0: SmallBlocks.q5WithoutMinimum
        case .q5_1: SmallBlocks.q5WithMinimum
        case .q8_0: SmallBlocks.q8
        case .q2_k: SuperBlocks.q2
        case .q3_k: SuperBlocks.q3
        case .q4_k: SuperBlocks.q4
        case .q5_k: SuperBlocks.q5
        case .q6_k: SuperBlocks.q6
        default: nil
        }
    }
}
