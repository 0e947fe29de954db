import GGUF
import TestSupport
import Testing

@Suite struct QuantizeTests {
    private func quantize(_ values: [Float]) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: values.count / 32 * 34)
        let done = bytes.withUnsafeMutableBytes { target in
            values.withUnsafeBufferPointer { Q8Quantizer.quantize($0, into: target) }
        }
        return done ? bytes : nil
    }

    @Test func halvesGoAwayFromZero() throws {
        var values = [Float](repeating: 0, count: 32)
        values.replaceSubrange(0..<7, with: [127, 0.5, -0.5, 1.5, 2.5, -127, 0.49])
        let bytes = try #require(quantize(values))
        #expect(bytes.prefix(9).map { Int8(bitPattern: $0) } == [0, 0x3c, 127, 1, -1, 2, 3, -127, 0])
    }

    @Test func zerosStayZeros() {
        #expect(quantize([Float](repeating: 0, count: 64)) == [UInt8](repeating: 0, count: 68))
        // The inverse of so small a scale is infinite.
        #expect(quantize([Float](repeating: 0x1p-130, count: 32)) == [UInt8](repeating: 0, count: 34))
    }

    @Test(arguments: [Float.nan, .infinity, -.infinity, .greatestFiniteMagnitude, 65520 * 127])
    func unusableNumbersAreRefused(value: Float) {
        var values = [Float](repeating: 1, count: 64)
        values[40] = value
        #expect(quantize(values) == nil)
    }

    /// No value is further off than half a step, and a little for the scale's rounding to fp16.
    @Test(arguments: UInt64(0)..<10) func errorIsBounded(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let range = Float.random(in: 0.01...100, using: &generator)
        let values = (0..<320).map { _ in Float.random(in: -range...range, using: &generator) }
        let bytes = try #require(quantize(values))
        try withScratch { scratch in
            var writer = GGUFWriter()
            try writer.add(name: "w", shape: [320], type: .q8_0) { $0.copyBytes(from: bytes) }
            try writer.write(to: scratch.path("m.gguf"))
            let floats = try GGUFFile(path: scratch.path("m.gguf")).tensor("w").floats()
            for (value, float) in zip(values, floats) {
                #expect(abs(value - float) <= range / 127 * 0.5 + range * 0.0005)
            }
        }
    }
}
