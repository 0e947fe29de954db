import TerminalKit
import Testing

@Suite("A frame")
struct FrameTests {
    private func frame(_ columns: Int, _ rows: Int) -> Frame {
        Frame(size: Size(columns: columns, rows: rows))
    }

    @Test("shows what is written, and says how wide that was")
    func write() {
        var frame = frame(10, 2)
        #expect(frame.write("héllo", at: Point(column: 1, row: 0), style: .plain) == 5)
        #expect(frame.write("漢字 🇫🇷", at: Point(column: 0, row: 1), style: .plain) == 7)
        #expect(frame.description == " héllo\n漢字 🇫🇷")
        #expect(frame[0, 1].text == "漢")
        #expect(frame[1, 1].text.isEmpty)
        #expect(frame[5, 1].columns == 2)
    }

    @Test("cuts at the limit and at every edge, a wide character into spaces")
    func clipping() {
        var frame = frame(6, 1)
        #expect(frame.write("abcdef", at: Point(column: 0, row: 0), style: .plain, columns: 3) == 3)
        #expect(frame.description == "abc")
        #expect(frame.write("漢字", at: Point(column: 0, row: 0), style: .plain, columns: 3) == 3)
        #expect(frame.description == "漢")
        #expect(frame.write("xxx漢", at: Point(column: 2, row: 0), style: .plain) == 4)
        #expect(frame.description == "漢xxx")
        #expect(frame.write("漢字", at: Point(column: -1, row: 0), style: .plain) == 4)
        #expect(frame.description == " 字xx")
        #expect(frame.write("z", at: Point(column: 6, row: 0), style: .plain) == 0)
        #expect(frame.write("z", at: Point(column: 0, row: 7), style: .plain) == 1)
        #expect(frame.write("漢字", at: Point(column: -9, row: 0), style: .plain, columns: 3) == 3)
        #expect(frame.write("z", at: Point(column: .min, row: .min), style: .plain) == 1)
        #expect(frame.description == " 字xx")
    }

    @Test("never keeps half of a wide character")
    func halves() {
        var frame = frame(6, 1)
        frame.write("漢字字", at: Point(column: 0, row: 0), style: .plain)
        frame.write("a", at: Point(column: 1, row: 0), style: .plain)
        frame.write("b", at: Point(column: 4, row: 0), style: .plain)
        #expect((0..<6).map { frame[$0, 0].text } == [" ", "a", "字", "", "b", " "])
        frame.write("語", at: Point(column: 1, row: 0), style: .plain)
        #expect((0..<6).map { frame[$0, 0].text } == [" ", "語", "", " ", "b", " "])
        frame[0, 0] = Cell(text: "漢", style: .plain)
        #expect((0..<6).map { frame[$0, 0].text } == ["漢", "", " ", " ", "b", " "])
        frame[99, 0] = .blank
        #expect(frame[-1, 0] == .blank)
    }

    @Test("cannot hold what a terminal would obey")
    func control() {
        var frame = frame(12, 1)
        #expect(frame.write("a\u{1B}[1m\tb\r\nc\u{9B}", at: Point(column: 0, row: 0), style: .plain) == 10)
        #expect(frame.description == "a�[1m b c�")
        #expect(Cell(text: "\u{202E}", style: .plain).text == "�")
        #expect(Cell(text: "\u{1B}x", style: .plain).text == "�")
        #expect(Cell(text: "", style: .plain) == .blank)
        #expect(Cell(text: "\u{301}", style: .plain) == .blank)
        #expect(
            Cell(text: "a" + String(repeating: "\u{301}", count: 1000), style: .plain).text.utf8.count < 64)
    }

    @Test("fills, frames and titles")
    func boxes() {
        let warm = Style(foreground: .indexed(196), attributes: .bold)
        var frame = frame(14, 4)
        frame.fill(Rect(column: -3, row: -3, columns: 100, rows: 100), style: Style(background: .indexed(4)))
        frame.box(Rect(column: 1, row: 0, columns: 12, rows: 4), title: "chat", style: warm, glyphs: .unicode)
        #expect(
            frame.description == """
                 ┌ chat ────┐
                 │          │
                 │          │
                 └──────────┘
                """)
        #expect(
            frame.styleDescription == """
                abbbbbbbbbbbba
                abaaaaaaaaaaba
                abaaaaaaaaaaba
                abbbbbbbbbbbba
                a = bg 4
                b = bold fg 196
                """)
        frame.box(
            Rect(column: 0, row: 0, columns: 8, rows: 3), title: "too long", style: .plain, glyphs: .ascii)
        #expect(
            frame.description == """
                + too~ +────┐
                |│     |    │
                +------+    │
                 └──────────┘
                """)
        let before = frame
        frame.box(Rect(column: 0, row: 0, columns: 1, rows: 9), title: "x", style: .plain, glyphs: .ascii)
        #expect(frame == before)
    }

    @Test("copies another frame, clipped")
    func copy() {
        var inner = frame(4, 3)
        inner.write("漢ab", at: Point(column: 0, row: 0), style: .plain)
        inner.write("cdef", at: Point(column: 0, row: 1), style: .plain)
        inner.write("漢字", at: Point(column: 0, row: 2), style: .plain)
        var outer = frame(6, 3)
        outer.fill(Rect(column: 0, row: 0, columns: 6, rows: 3), style: .plain)
        outer.draw(
            inner, at: Point(column: 1, row: 0), clippedTo: Rect(column: 2, row: 0, columns: 2, rows: 9))
        #expect(outer.description == "   a\n  de\n")
        outer.draw(inner, at: Point(column: -1, row: 1))
        #expect(outer.description == "   a\n abe\ndef")
    }
}
