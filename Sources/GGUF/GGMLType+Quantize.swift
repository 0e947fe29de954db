extension GGMLType {
    /// Stores `values` as Q8_0: in blocks of 32, an fp16 scale d = max|x| ÷ 127 and 32 × int8 round(x ÷ d),
    /// halves away from zero. The bytes are those of the reference implementation.
    ///
    /// - Parameters:
    ///   - values: a whole number of blocks.
    ///   - destination: 34 bytes for every 32 values.
    /// - Returns: False, with `destination` unspecified, when some value is not finite or its scale too large
    ///   for fp16.
    public static func quantizeQ8(
        _ values: UnsafeBufferPointer<Float>, into destination: UnsafeMutableRawBufferPointer
    ) -> Bool {
        let (length, size) = (GGMLType.q8_0.blockLength, GGMLType.q8_0.blockBytes)
        precondition(values.count.isMultiple(of: length), "not a whole number of blocks")
        precondition(destination.count >= values.count / length * size, "destination too small")
        for block in 0..<values.count / length {
            let source = UnsafeBufferPointer(rebasing: values[block * length..<(block + 1) * length])
            let target = UnsafeMutableRawBufferPointer(
                rebasing: destination[block * size..<(block + 1) * size])
            guard quantizeBlock(source, into: target) else { return false }
        }
        return true
    }

    private static func quantizeBlock(
        _ values: UnsafeBufferPointer<Float>, into target: UnsafeMutableRawBufferPointer
    ) -> Bool {
        var largest: Float = 0
        for value in values {
            // Written so that NaN, which compares false, is caught too.
            guard value.magnitude <= Float.greatestFiniteMagnitude else { return false }
            largest = max(largest, value.magnitude)
        }
        let scale = largest / 127
        let half = HalfFloat.bits(scale)
        guard half < 0x7c00 else { return false }
        target.storeBytes(of: half.littleEndian, as: UInt16.self)
        // Values so small that the inverse overflows are zero in fp16 anyhow.
        let inverse = scale == 0 || !(1 / scale).isFinite ? 0 : 1 / scale
        for (index, value) in values.enumerated() {
            let quant = (value * inverse).rounded(.toNearestOrAwayFromZero)
            target.storeBytes(of: Int8(max(-127, min(127, quant))), toByteOffset: 2 + index, as: Int8.self)
        }
        return true
    }
}
