import ChatInterface
import Conversations
import Foundation
import InferenceEngine
import Markdown
import MoDModel
import TerminalKit

extension FuzzTarget {
    /// What a terminal sends, in reads of any length: a byte of its own says how many bytes a read has, or that nothing
    /// came for a while.
    static let keys = FuzzTarget(
        name: "keys",
        seeds: {
            [
                "hello\r", "\u{1B}[A", "\u{1B}[1;5C", "\u{1B}[<0;10;5M", "\u{1B}[200~a\nb\u{1B}[201~",
                "\u{1B}OP",
                "\u{1B}]11;rgb:ffff/ffff/ffff\u{1B}\\", "\u{1B}[27;5;106~", "\u{1B}[M !!", "\u{1B}\u{1B}[D",
                "é日👩‍👧",
            ]
            .map { text in
                Data([UInt8(truncatingIfNeeded: text.utf8.count)]) + Data(text.utf8) + Data([0])
            }
        }
    ) { bytes in
        var reader = InputReader(bytes)
        var decoder = KeyDecoder()
        while !reader.isEmpty {
            let count = Int(reader.byte())
            let events = count == 0 ? decoder.timeOut() : decoder.decode(Array(reader.bytes(count)))
            for event in events { check(event) }
        }
        for _ in 0..<3 where decoder.patience != nil { decoder.timeOut().forEach(check) }
        require(decoder.patience == nil, "what nobody ends never ends")
    }

    private static func check(_ event: TerminalEvent) {
        switch event {
        case .key(.character(let character), _):
            require(
                TextSanitizer.sanitized(String(character)) == String(character), "a key that a terminal obeys"
            )
        case .paste(let text):
            require(TextSanitizer.sanitized(text) == text, "a paste that a terminal obeys")
        default: break
        }
    }

    /// A message as Markdown in the cells of a screen, as it stands and while it is written. Three bytes say how wide
    /// and high the screen is, and where the text is cut.
    static let markdown = FuzzTarget(
        name: "markdown",
        seeds: {
            [
                "# A\n\n**b** *c* `d` [e](f) ~~g~~\n\n1. x\n   - y\n\n> z\n",
                "```swift\nlet a = \"b\" // c\n```\n---",
                "| a | b |\n|--:|:-:|\n| 1 | 2 3 4 |\n", "日本語 👩‍👩‍👧 e\u{301}\u{301} \u{202E}x\u{1B}[31m\u{200B}",
                "<b>x</b> &amp; \\* ![i](u \"t\") https://a.b\n\n* * *\n- [ ] t", "a  \nb\tc\r\n\td",
            ].map { Data([40, 15, 9]) + Data($0.utf8) }
        }
    ) { bytes in
        var reader = InputReader(bytes)
        let size = Size(columns: Int(reader.byte()) % 64, rows: Int(reader.byte()) % 24)
        let cut = Int(reader.byte())
        let text = reader.text
        var state = ChatState(
            model: smallModel, size: size, start: Date(timeIntervalSince1970: 0),
            appearance: Appearance(glyphs: cut % 2 == 0 ? .unicode : .ascii))
        let cache = WrapCache()
        for shown in [UnfinishedMarkdown.shown(String(text.prefix(cut))), text] {
            var conversation = Conversation()
            conversation.append(.user, shown, date: Date(timeIntervalSince1970: 1))
            conversation.append(.assistant, shown, date: Date(timeIntervalSince1970: 2))
            _ = update(&state, .restored(conversation, as: nil, traces: [:], contextTokens: 9))
            let frame = view(state, cache)
            require(frame.size == size, "another size")
            for row in 0..<size.rows {
                for column in 0..<size.columns {
                    let text = frame[column, row].text
                    require(TextSanitizer.sanitized(text) == text, "a cell that a terminal obeys")
                }
            }
            guard cut % 8 == 0 else { continue }
            require(view(state) == frame, "what was kept of a picture changes another")
        }
    }

    private static let smallModel = ModelDescription(
        name: "m", blockCount: 4, routedBlocks: [1, 2], anchorTokens: 1, contextLength: 256,
        defaultCapacity: .dense,
        weights: WeightBytes(outsideBlocks: 100, fullBlock: 10, bypassedBlock: 1))
}
