/// Stores floats as Q8_0: for each 32, a block of ggml's, an fp16 scale d = max|x| ÷ 127 and 32 × int8 round(x ÷ d),
/// halves away from zero. The bytes are those of ggml's reference implementation.
public enum Q8Quantizer {
    /// Quantises floats to Q8_0.
    ///
    /// - Parameters:
    ///   - values: a multiple of 32.
    ///   - destination: room for 34 bytes for each 32 values.
    /// - Returns: False, with `destination` unspecified, when a value is not finite or too large for an
    ///   fp16 scale.
    public static func quantize(
        _ values: UnsafeBufferPointer<Float>, into destination: UnsafeMutableRawBufferPointer
    ) -> Bool {
        let (length, size) = (GGMLType.q8_0.blockLength, GGMLType.q8_0.blockBytes)
        precondition(values.count.isMultiple(of: length), "not a whole number of blocks")
        precondition(destination.count >= values.count / length * size, "destination too small")
        for block in 0..<values.count / length {
            let source = UnsafeBufferPointer(rebasing: values[block * length..<(block + 1) * length])
            let target = UnsafeMutableRawBufferPointer(
                rebasing: destination[block * size..<(block + 1) * size]
            )
            guard quantizeBlock(source, into: target) else { return false }
        }
        return true
    }

    private static func quantizeBlock(
        _ values: UnsafeBufferPointer<Float>, into target: UnsafeMutableRawBufferPointer
    ) -> Bool {
        var largest: Float = 0
        for value in values {
            guard value.isFinite else { return false }
            largest = max(largest, value.magnitude)
        }
        let scale = largest / 127
        let half = HalfFloat.bits(scale)
        guard half < HalfFloat.infinity else { return false }
        target.storeBytes(of: half, as: UInt16.self)
        // Values so small that the inverse overflows have a scale of zero in fp16 anyhow.
        let inverse = (1 / scale).isFinite ? 1 / scale : 0
        for (index, value) in values.enumerated() {
            let quant = (value * inverse).rounded(.toNearestOrAwayFromZero)
            target.storeBytes(of: Int8(max(-127, min(127, quant))), toByteOffset: 2 + index, as: Int8.self)
        }
        return true
    }
}
