import TerminalKit
import TestSupport
import Testing

/// What is sent to the screen of a frame that follows another.
@Suite("The difference of two frames")
struct FrameDifferenceTests {
    private static let size = Size(columns: 12, rows: 3)

    private func differences(_ frame: Frame, _ other: Frame) -> [Range<Int>?] {
        (0..<Self.size.rows).map { frame.difference(from: other, row: $0) }
    }

    @Test("is nothing where they look the same, however they came about")
    func equalFrames() {
        var (one, other) = (Frame(size: Self.size), Frame(size: Self.size))
        one.write("👨‍👩‍👧 e\u{301}", at: Point(column: 0, row: 1), style: .plain)
        other.write("🇫🇷 gone", at: Point(column: 2, row: 1), style: .plain)
        other.fill(Rect(origin: Point(column: 0, row: 0), size: Self.size), style: .plain)
        other.write("e\u{301}", at: Point(column: 3, row: 1), style: .plain)
        other.write("👨‍👩‍👧", at: Point(column: 0, row: 1), style: .plain)
        #expect(differences(one, other) == [nil, nil, nil])
        #expect(one == other)
        #expect(one.hashValue == other.hashValue)
    }

    @Test("is no more than the cells that changed")
    func oneCell() {
        var frame = Frame(size: Self.size)
        frame.write("a line", at: Point(column: 0, row: 0), style: .plain)
        let before = frame
        frame.write("n", at: Point(column: 4, row: 0), style: Style(foreground: .indexed(0)))
        frame.write("漢", at: Point(column: 6, row: 2), style: .plain)
        #expect(differences(frame, before) == [4..<5, nil, 6..<8])
        // Another cluster in the same style: the cell to the right of it is the same, and belongs to it.
        var after = frame
        after.write("字", at: Point(column: 6, row: 2), style: .plain)
        #expect(differences(after, frame) == [nil, nil, 6..<8])
    }

    @Test("turns the one into the other", arguments: 0..<40)
    func isEnough(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let texts = ["a", "漢", "👨‍👩‍👧", "e\u{301}", "🇫🇷", "hello", "─", " "]
        let styles = [Style.plain, Style(foreground: .indexed(255), attributes: .bold)]
        var before = Frame(size: Self.size)
        for _ in 0..<30 {
            var after = before
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                after.write(
                    texts.randomElement(using: &random) ?? "",
                    at: Point(
                        column: Int.random(in: -1...11, using: &random),
                        row: Int.random(in: 0...2, using: &random)),
                    style: styles.randomElement(using: &random) ?? .plain)
            }
            var screen = before
            for (row, columns) in differences(after, before).enumerated() {
                for column in columns ?? 0..<0 where after[column, row].columns > 0 {
                    screen[column, row] = after[column, row]
                }
            }
            #expect(screen == after)
            before = after
        }
    }

    @Test("sees every part of a style")
    func styles() {
        let colors = [Color.standard, .indexed(0), .indexed(1), .indexed(255)]
        let attributes: [Style.Attributes] = [[], .bold, .dim, .reverse, .underline, [.bold, .underline]]
        var seen: Set<Cell> = []
        for foreground in colors {
            for background in colors {
                for attribute in attributes {
                    let style = Style(foreground: foreground, background: background, attributes: attribute)
                    for text in ["x", "漢", "👨‍👩‍👧"] {
                        let cell = Cell(text: text, style: style)
                        #expect(cell.style == style)
                        #expect(cell.text == text)
                        seen.insert(cell)
                    }
                }
            }
        }
        #expect(seen.count == colors.count * colors.count * attributes.count * 3)
    }
}
