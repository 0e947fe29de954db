import Foundation

/// What an independent forward pass says of some chats: Fixtures/reference.bin, made by
/// Fixtures/make_reference.py.
struct ReferenceFixture {
    /// One token, and the most probable tokens after it.
    struct Entry {
        let token: Int32
        /// Ids, most probable first.
        let next: [Int]
        /// Their probabilities.
        let probabilities: [Double]
    }

    /// A text each.
    let sequences: [[Entry]]

    /// Thrown for a file that is not of this form.
    struct Malformed: Error {}

    init() throws {
        let url = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Fixtures/reference.bin")
        let data = try Data(contentsOf: url)
        guard data.count >= 16, data.prefix(4).elementsEqual("FREF".utf8) else { throw Malformed() }
        func integer<T: FixedWidthInteger>(_ offset: Int, as type: T.Type) -> T {
            data.withUnsafeBytes { T(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: T.self)) }
        }
        let count = Int(integer(4, as: UInt32.self))
        let length = Int(integer(8, as: UInt32.self))
        let top = Int(integer(12, as: UInt32.self))
        let entryBytes = 2 + top * 6
        guard data.count == 16 + count * length * entryBytes else { throw Malformed() }
        sequences = (0..<count).map { sequence in
            (0..<length).map { place in
                let start = 16 + (sequence * length + place) * entryBytes
                return Entry(
                    token: Int32(integer(start, as: UInt16.self)),
                    next: (0..<top).map { Int(integer(start + 2 + 2 * $0, as: UInt16.self)) },
                    probabilities: (0..<top).map {
                        let bits = integer(start + 2 + 2 * top + 4 * $0, as: UInt32.self)
                        return exp(Double(Float(bitPattern: bits)))
                    })
            }
        }
    }
}

extension ReferenceFixture.Entry {
    /// KL(reference ‖ logits) in nats over the listed tokens and one bucket for all others.
    func divergence(of logits: UnsafeBufferPointer<Float>) -> Double {
        let largest = Double(logits.max() ?? 0)
        let sum = logits.reduce(0) { $0 + exp(Double($1) - largest) }
        let engine = next.map { exp(Double(logits[$0]) - largest) / sum }
        let smallest = Double.leastNormalMagnitude
        let rest = max(1 - probabilities.reduce(0, +), smallest)
        let engineRest = max(1 - engine.reduce(0, +), smallest)
        return zip(probabilities, engine).reduce(rest * log(rest / engineRest)) {
            $0 + $1.0 * log($1.0 / max($1.1, smallest))
        }
    }
}
