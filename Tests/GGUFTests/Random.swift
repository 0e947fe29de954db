import GGUF
import TestSupport

extension SeededGenerator {
    mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8(truncatingIfNeeded: next() >> 24) }
    }

    mutating func text() -> String {
        String(
            (0..<Int.random(in: 0...20, using: &self)).map { _ in
                "aZ_0 .é中🦊\u{301}\n\0".randomElement(using: &self) ?? "a"
            })
    }

    /// Array elements nest at most `depth` deep.
    mutating func value(depth: Int = 2) -> GGUFValue {
        switch Int.random(in: 0...(depth > 0 ? 12 : 11), using: &self) {
        case 0: .uint8(UInt8(truncatingIfNeeded: next()))
        case 1: .int8(Int8(truncatingIfNeeded: next()))
        case 2: .uint16(UInt16(truncatingIfNeeded: next()))
        case 3: .int16(Int16(truncatingIfNeeded: next()))
        case 4: .uint32(UInt32(truncatingIfNeeded: next()))
        case 5: .int32(Int32(truncatingIfNeeded: next()))
        case 6: .float32(Float.random(in: -1e6...1e6, using: &self))
        case 7: .bool(Bool.random(using: &self))
        case 8: .string(text())
        case 9: .uint64(next())
        case 10: .int64(Int64(bitPattern: next()))
        case 11: .float64(Double.random(in: -1e300...1e300, using: &self))
        default: .array(array(depth: depth))
        }
    }

    private mutating func array(depth: Int) -> GGUFArray {
        let range = 0..<Int.random(in: 0...5, using: &self)
        return switch Int.random(in: 0...(depth > 1 ? 12 : 11), using: &self) {
        case 0: .uint8(range.map { _ in UInt8(truncatingIfNeeded: next()) })
        case 1: .int8(range.map { _ in Int8(truncatingIfNeeded: next()) })
        case 2: .uint16(range.map { _ in UInt16(truncatingIfNeeded: next()) })
        case 3: .int16(range.map { _ in Int16(truncatingIfNeeded: next()) })
        case 4: .uint32(range.map { _ in UInt32(truncatingIfNeeded: next()) })
        case 5: .int32(range.map { _ in Int32(truncatingIfNeeded: next()) })
        case 6: .float32(range.map { _ in Float.random(in: -1...1, using: &self) })
        case 7: .bool(range.map { _ in Bool.random(using: &self) })
        case 8: .string(range.map { _ in text() })
        case 9: .uint64(range.map { _ in next() })
        case 10: .int64(range.map { _ in Int64(bitPattern: next()) })
        case 11: .float64(range.map { _ in Double.random(in: -1...1, using: &self) })
        default: .array(range.map { _ in array(depth: depth - 1) })
        }
    }
}

/// The types that can be turned into floats.
let dequantizableTypes: [GGMLType] = [
    .f32, .f16, .bf16, .q8_0, .q4_0, .q4_1, .q5_0, .q5_1, .q2_k, .q3_k, .q4_k, .q5_k, .q6_k,
]
