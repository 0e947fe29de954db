/// The byte-level alphabet of GPT-2: every byte is written as one printable character.
///
/// Bytes that are printable in Latin-1 stand for themselves; the others, in ascending order, are U+0100
/// onwards.
enum ByteAlphabet {
    /// The byte that each scalar below U+0144 stands for, or nil.
    private static let bytes: [UInt8?] = {
        var bytes = [UInt8?](repeating: nil, count: 0x144)
        var next = 0x100
        for byte in UInt8.min ... .max {
            switch byte {
            case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF:
                bytes[Int(byte)] = byte
            default:
                bytes[next] = byte
                next += 1
            }
        }
        return bytes
    }()

    /// The byte a character of the alphabet stands for; nil for any other character.
    static func byte(_ scalar: Unicode.Scalar) -> UInt8? {
        scalar.value < bytes.count ? bytes[Int(scalar.value)] : nil
    }

    /// Appends the bytes `text` stands for. Returns false at the first character that is not of the alphabet.
    static func decode(_ text: some Sequence<Unicode.Scalar>, into output: inout [UInt8]) -> Bool {
        for scalar in text {
            guard let byte = byte(scalar) else { return false }
            output.append(byte)
        }
        return true
    }
}
