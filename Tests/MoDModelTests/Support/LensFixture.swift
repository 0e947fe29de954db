import Foundation

/// What an independent logit lens says of a text: Fixtures/lens.bin, made by Fixtures/make_reference.py.
struct LensFixture {
    /// What would be said after some blocks.
    struct Depth {
        /// The most probable next token.
        let first: Int
        /// Its probability.
        let probability: Double
        /// The probability of the token that is the most probable after the last block.
        let finalProbability: Double
    }

    let tokens: [Int32]
    /// [token][blocks + 1].
    let depths: [[Depth]]

    init() throws {
        let url = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Fixtures/lens.bin")
        let data = try Data(contentsOf: url)
        guard data.count >= 12, data.prefix(4).elementsEqual("FLEN".utf8) else {
            throw ReferenceFixture.Malformed()
        }
        func integer<T: FixedWidthInteger>(_ offset: Int, as type: T.Type) -> T {
            data.withUnsafeBytes { T(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: T.self)) }
        }
        func probability(_ offset: Int) -> Double {
            exp(Double(Float(bitPattern: integer(offset, as: UInt32.self))))
        }
        let (count, depthCount) = (Int(integer(4, as: UInt32.self)), Int(integer(8, as: UInt32.self)))
        let tokenBytes = 2 + depthCount * 10
        guard data.count == 12 + count * tokenBytes else { throw ReferenceFixture.Malformed() }
        let starts = (0..<count).map { 12 + $0 * tokenBytes }
        tokens = starts.map { Int32(integer($0, as: UInt16.self)) }
        depths = starts.map { start in
            (0..<depthCount).map { depth in
                let place = start + 2 + depth * 10
                return Depth(
                    first: Int(integer(place, as: UInt16.self)), probability: probability(place + 2),
                    finalProbability: probability(place + 6))
            }
        }
    }
}
