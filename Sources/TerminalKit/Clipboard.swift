import Foundation

/// The sequence by which a terminal is asked to put text on its user's clipboard: OSC 52 of xterm's control sequences,
/// which goes through ssh, too.
package enum Clipboard {
    /// The longest text that is sent, in bytes. Terminals drop longer ones, some without a word.
    package static let longest = 1 << 20

    /// The sequence for a text, of which no more than the longest that terminals take is sent.
    package static func sequence(for text: String) -> String {
        let bytes = Data(text.utf8.prefix(longest))
        let whole =
            bytes.count < text.utf8.count
            ? Data(String(decoding: bytes, as: UTF8.self).dropLast().utf8) : bytes
        return "\u{1B}]52;c;\(whole.base64EncodedString())\u{07}"
    }
}
