/// The bytes of a bracketed paste while it comes in.
package struct PasteBuffer {
    /// Bytes kept of one paste; the rest is dropped. Far more than a context holds.
    package static let capacity = 1 << 20

    private static let end = Array("\u{1B}[201~".utf8)

    private var bytes: [UInt8] = []
    /// How many of the last bytes match the beginning of the mark that ends a paste.
    private var matched = 0

    /// Takes a byte; true when it completes the mark that ends a paste.
    mutating func take(_ byte: UInt8) -> Bool {
        if byte == Self.end[matched] {
            matched += 1
            guard matched == Self.end.count else { return false }
            matched = 0
            return true
        }
        // The mark's first byte occurs in it once, so a failed match can only start anew at this byte.
        for held in Self.end[..<matched] { keep(held) }
        matched = byte == Self.end[0] ? 1 : 0
        if matched == 0 { keep(byte) }
        return false
    }

    /// The text so far, made harmless, lines ended by line feeds.
    var text: String {
        let whole = bytes.dropLast(bytes.count < Self.capacity ? 0 : TypedText.unfinishedCount(bytes))
        return TextSanitizer.sanitized(String(decoding: whole, as: UTF8.self))
    }

    /// Takes out the text so far, made harmless, but for a character whose bytes have not all come.
    mutating func takeText() -> String {
        let whole = bytes.dropLast(TypedText.unfinishedCount(bytes))
        defer { bytes.removeFirst(whole.count) }
        return TextSanitizer.sanitized(String(decoding: whole, as: UTF8.self))
    }

    private mutating func keep(_ byte: UInt8) {
        if bytes.count < Self.capacity { bytes.append(byte) }
    }
}
