import Foundation
import TerminalKit
import Testing

@Suite("The clipboard's sequence")
struct ClipboardTests {
    private func text(in sequence: String) throws -> String {
        let inner = try #require(sequence.wholeMatch(of: /\x{1B}\]52;c;([A-Za-z0-9+\/=]*)\x{07}/)).1
        return String(decoding: try #require(Data(base64Encoded: String(inner))), as: UTF8.self)
    }

    @Test("carries any text to the byte", arguments: ["", "plain", "two\nlines", "é👩‍👩‍👧\0\u{1B}]52;c;?\u{07}"])
    func roundTrip(string: String) throws {
        #expect(try text(in: Clipboard.sequence(for: string)).utf8.elementsEqual(string.utf8))
    }

    @Test("is cut at a whole character")
    func long() throws {
        let string = "x" + String(repeating: "é", count: 1 << 20)
        let sent = try text(in: Clipboard.sequence(for: string))
        #expect(string.hasPrefix(sent) && sent.utf8.count > (1 << 20) - 8 && sent.utf8.count <= 1 << 20)
        #expect(!sent.contains("\u{FFFD}"))
    }
}
