import TerminalKit
import TestSupport
import Testing

@Suite("The key decoder")
struct KeyDecoderTests {
    private func decode(_ text: String) -> [TerminalEvent] {
        var decoder = KeyDecoder()
        return decoder.decode(Array(text.utf8)) + decoder.timeOut()
    }

    @Test(
        "knows the keys of every common terminal",
        arguments: [
            ("\u{1B}[A", Key.up, []), ("\u{1B}OA", .up, []), ("\u{1B}[B", .down, []), ("\u{1B}OD", .left, []),
            ("\u{1B}[1;5A", .up, .control), ("\u{1B}[1;5B", .down, .control), ("\u{1B}Oa", .up, .control),
            ("\u{1B}Ob", .down, .control), ("\u{1B}O5A", .up, .control), ("\u{1B}O1;5B", .down, .control),
            ("\u{1B}[1;2C", .right, .shift), ("\u{1B}[c", .right, .shift), ("\u{1B}[1;3D", .left, .alt),
            ("\u{1B}[1;8D", .left, [.alt, .control, .shift]), ("\u{1B}\u{1B}[A", .up, .alt),
            ("\u{1B}[H", .home, []), ("\u{1B}OH", .home, []), ("\u{1B}[1~", .home, []),
            ("\u{1B}[7~", .home, []),
            ("\u{1B}[F", .end, []), ("\u{1B}[4~", .end, []), ("\u{1B}[8~", .end, []),
            ("\u{1B}[3~", .delete, []),
            ("\u{1B}[5~", .pageUp, []), ("\u{1B}[6~", .pageDown, []), ("\u{1B}[5;5~", .pageUp, .control),
            ("\u{1B}[5^", .pageUp, .control), ("\u{1B}[5$", .pageUp, .shift), ("\u{1B}[Z", .tab, .shift),
            ("\u{1B}OP", .function(1), []), ("\u{1B}[11~", .function(1), []), ("\u{1B}[[A", .function(1), []),
            ("\u{1B}[1;2P", .function(1), .shift), ("\u{1B}[15~", .function(5), []),
            ("\u{1B}[17~", .function(6), []), ("\u{1B}[24~", .function(12), []),
            ("\u{1B}[[E", .function(5), []), ("\u{1B}[34~", .function(20), []),
            ("\r", .enter, []), ("\u{1B}\r", .enter, .alt), ("\u{1B}[13;2u", .enter, .shift),
            ("\u{1B}[27;2;13~", .enter, .shift), ("\u{1B}OM", .enter, []), ("\n", .character("j"), .control),
            ("\t", .tab, []), ("\u{7F}", .backspace, []), ("\u{8}", .backspace, []),
            ("\u{1B}\u{7F}", .backspace, .alt), ("\u{1B}", .escape, []), ("\u{1B}[27u", .escape, []),
            ("\u{3}", .character("c"), .control), ("\u{1A}", .character("z"), .control),
            ("\u{0}", .character(" "), .control), ("\u{1F}", .character("_"), .control),
            ("\u{1B}[99;5u", .character("c"), .control), ("\u{1B}[97;2u", .character("A"), []),
            ("\u{1B}[27;5;91~", .character("["), .control), ("\u{1B}a", .character("a"), .alt),
            ("\u{1B}é", .character("é"), .alt), ("\u{1B}[", .character("["), .alt),
            ("\u{1B}O", .character("O"), .alt), ("\u{1B}\u{3}", .character("c"), [.alt, .control]),
            ("\u{1B}Op", .character("0"), []), ("\u{1B}Ok", .character("+"), []),
            ("é", .character("é"), []), ("漢", .character("漢"), []), ("👩‍👩‍👧", .character("👩‍👩‍👧"), []),
        ] as [(String, Key, Modifiers)])
    func keys(bytes: String, key: Key, modifiers: Modifiers) {
        #expect(decode(bytes) == [.key(key, modifiers)])
        // However the bytes are cut, the key is the same, but that a cluster may come as its scalars.
        var decoder = KeyDecoder()
        let parts = Array(bytes.utf8).flatMap { decoder.decode([$0]) } + decoder.timeOut()
        guard case .character(let character) = key, character.unicodeScalars.count > 1 else {
            #expect(parts == [.key(key, modifiers)])
            return
        }
        #expect(typed(parts) == bytes)
    }

    private func typed(_ events: [TerminalEvent]) -> String {
        events.map { event in
            if case .key(.character(let character), []) = event { String(character) } else { "<\(event)>" }
        }.joined()
    }

    @Test("keeps keys apart that come together")
    func several() {
        #expect(
            decode("a\u{1B}[Ab\r\u{1B}é\u{1B}xyz") == [
                .key(.character("a"), []), .key(.up, []), .key(.character("b"), []), .key(.enter, []),
                .key(.character("é"), .alt), .key(.character("x"), .alt), .key(.character("y"), []),
                .key(.character("z"), []),
            ])
        #expect(decode("\u{1B}\u{1B}") == [.key(.escape, []), .key(.escape, [])])
        #expect(decode("\u{1B}\u{1B}\u{1B}[A") == [.key(.escape, []), .key(.up, .alt)])
        #expect(decode("\u{1B}\u{1B}x") == [.key(.escape, []), .key(.character("x"), .alt)])
    }

    @Test("drops sequences that are no keys, whole")
    func noise() {
        #expect(
            decode("\u{1B}[?62;22c\u{1B}[<1;3;4M\u{1B}[2~\u{1B}[I\u{1B}[99999999999999999999~x") == [
                .key(.character("x"), [])
            ])
        #expect(
            decode("\u{1B}[" + String(repeating: "1;", count: 5000) + "Ax") == [.key(.character("x"), [])])
        #expect(decode("\u{1B}[1;\u{1B}[B") == [.key(.down, [])])
        #expect(decode("\u{1B}[1;\r") == [.key(.enter, [])])
        #expect(decode("\u{1B}[1;5") == [])
        #expect(decode("\u{1B}[201~x") == [.key(.character("x"), [])])
    }

    @Test("waits for the rest of a character, not of a broken one")
    func unicode() {
        var decoder = KeyDecoder()
        #expect(decoder.decode([0xF0, 0x9F, 0x98]) == [])
        #expect(decoder.patience == nil)
        #expect(decoder.decode([0x80]) == [.key(.character("😀"), [])])
        #expect(decoder.decode([0xC3]) == [])
        #expect(decoder.decode([0x0D]) == [.key(.character("\u{FFFD}"), []), .key(.enter, [])])
        #expect(decoder.decode([0xC3, 0x41]).last == .key(.character("A"), []))
        #expect(decoder.decode([0xFF]) == [.key(.character("\u{FFFD}"), [])])
        // A control character of the C1 range and an override are not typed.
        #expect(decode("\u{9B}") == [.key(.character("\u{FFFD}"), [])])
        #expect(decode("\u{202E}") == [.key(.character("\u{FFFD}"), [])])
    }

    @Test("takes a paste as one, made harmless")
    func paste() {
        #expect(
            decode("a\u{1B}[200~one\rtwo\r\n\tthree \u{1B}[31m\u{1B}[20\u{3}漢\u{1B}\u{1B}[201~b") == [
                .key(.character("a"), []), .paste("one\ntwo\n\tthree �[31m�[20�漢�"),
                .key(.character("b"), []),
            ])
        #expect(decode("\u{1B}[200~\u{1B}[201~") == [.paste("")])
    }

    @Test("A paste that stalls is shown, and stays a paste until its end, or until a key leaves it")
    func stalledPaste() {
        var decoder = KeyDecoder()
        #expect(decoder.decode("\u{1B}[200~half é".utf8.dropLast()) == [])
        #expect(decoder.patience == .seconds(2))
        #expect(decoder.timeOut() == [.paste("half ")])
        #expect(decoder.patience == nil && decoder.timeOut() == [])
        // Its lines send nothing.
        #expect(decoder.decode([0xA9, 0x0D]) == [.paste("é\n")])
        #expect(decoder.decode("more\rand\u{1B}[20".utf8) == [.paste("more\nand")])
        #expect(decoder.decode("1~x".utf8) == [.key(.character("x"), [])])
        for (leaving, key) in [("\u{1B}", Key.escape), ("\u{3}", .character("c"))] {
            #expect(decoder.decode("\u{1B}[200~a".utf8) == [] && decoder.timeOut() == [.paste("a")])
            #expect(decoder.decode("b\r".utf8) == [.paste("b\n")])
            let left = decoder.decode(leaving.utf8) + decoder.timeOut()
            #expect(left == [.key(key, key == .escape ? [] : .control)])
            #expect(decoder.decode("\r".utf8) == [.key(.enter, [])])
        }
    }

    @Test("Lines that come at once are a paste, whatever the terminal says; a line and Enter are typed")
    func unmarkedPaste() {
        #expect(decode("one\rtwo\rthree\r") == [.paste("one\ntwo\nthree\n")])
        #expect(decode("one\ntwo") == [.paste("one\ntwo")])
        #expect(decode("\r\r\ta") == [.paste("\n\n\ta")])
        #expect(decode("ab\r") == [.key(.character("a"), []), .key(.character("b"), []), .key(.enter, [])])
        #expect(decode("\r\r") == [.key(.enter, []), .key(.enter, [])])
        // In several reads, cut after a line end and within a character.
        var decoder = KeyDecoder()
        #expect(decoder.decode([0xC3]) == [])
        #expect(decoder.decode([0xA9, 0x0D]) == [])
        #expect(decoder.patience == .milliseconds(25))
        #expect(decoder.decode("b\r".utf8) == [])
        #expect(decoder.decode("c".utf8) == [])
        #expect(decoder.timeOut() == [.paste("é\nb\nc")])
        #expect(decoder.patience == nil)
        // A key ends it.
        #expect(decoder.decode("a\rb".utf8) == [])
        #expect(decoder.decode("\u{1B}[A".utf8) == [.paste("a\nb"), .key(.up, [])])
    }

    @Test("Lines that come at once are a paste with control characters in them, too")
    func pasteWithControls() {
        for bytes in [
            "line1 \u{1B}[31m red\u{1B}[0m\rline2\rline3", "one\u{C}two\rthree\r", "first \u{7}\rsecond\r",
            "\u{1B}]8;;x\u{1B}\\link\rnext\r",
        ] {
            let events = decode(bytes)
            guard case .paste(let text)? = events.first, events.count == 1 else {
                Issue.record("\(events)")
                continue
            }
            #expect(text.contains("\n"))
        }
        // The end of a paste that did not begin is a control sequence like others.
        #expect(decode("a\nb\u{1B}[201~c\nd\u{1B}[201~") == [.paste("a\nbc\nd")])
        // Keys after an Enter are no text, and what the terminal calls a paste it has marked.
        #expect(decode("a\r\u{1B}[A").last == .key(.up, []))
        #expect(decode("a\r\u{3}").last == .key(.character("c"), .control))
        #expect(decode("\r\u{1B}OA\u{1B}[<0;1;1M").first == .key(.enter, []))
        #expect(decode("x\u{1B}[200~a\rb\u{1B}[201~\r").last == .key(.enter, []))
    }

    @Test(
        "An answer of any kind is no text when it comes at once",
        arguments: [
            "\u{1B}]lmy title\u{1B}\\", "\u{1B}]L[[[\u{7}", "\u{1B}^private\u{1B}\\", "\u{1B}Xstart\u{1B}\\",
            "\u{1B}_tmux\u{1B}\\",
            "\u{1B}]52;c;aGVs\nbG8=\u{7}", "\u{1B}]P0ffffff\u{1B}\\",
        ])
    func answersAtOnce(bytes: String) {
        #expect(decode(bytes + "x") == [.key(.character("x"), [])])
    }

    @Test(
        "The rest of an answer that stalls is no text either",
        arguments: [
            ("\u{1B}]52;c;aGVsbG8", "gd29ybGQ=\u{7}"), ("\u{1B}[?62;1", ";4c"), ("\u{1B}[<0;10", ";10m"),
            ("\u{1B}P>|tmux 3.4\u{1B}", "\\"), ("\u{1B}[M ", "!!"), ("\u{1B}]11;rgb:ff/f", "f/ff\u{1B}\\"),
        ])
    func stalledAnswer(beginning: String, rest: String) {
        var decoder = KeyDecoder()
        #expect(decoder.decode(beginning.utf8) + decoder.timeOut() == [])
        #expect(decoder.patience == .seconds(5))
        #expect(!decoder.decode(rest.utf8).contains { if case .key = $0 { true } else { false } })
        #expect(decoder.decode("x".utf8) == [.key(.character("x"), [])])
        // What never ends is given up.
        #expect(decoder.decode(beginning.utf8) + decoder.timeOut() + decoder.timeOut() == [])
        #expect(decoder.decode("x".utf8) == [.key(.character("x"), [])])
    }

    @Test("Control with M and I is Enter and Tab")
    func oldControls() {
        #expect(decode("\u{1B}[109;5u") == [.key(.enter, [])])
        #expect(decode("\u{1B}[27;5;105~") == [.key(.tab, [])])
    }

    @Test("A paste whose first mark stalls is one all the same")
    func stalledPasteMark() {
        var decoder = KeyDecoder()
        #expect(decoder.decode("\u{1B}[20".utf8) + decoder.timeOut() == [])
        #expect(decoder.decode("0~l1\rl2\r\u{1B}[201~".utf8) == [.paste("l1\nl2\n")])
    }

    @Test("A sequence is one in however many pieces it comes, however long between them")
    func pieces() {
        for (pieces, key) in [
            (["\u{1B}", "[A"], TerminalEvent.key(.up, [])), (["\u{1B}[", "A"], .key(.up, [])),
            (["\u{1B}[1", ";5", "A"], .key(.up, .control)), (["\u{1B}", "\r"], .key(.enter, .alt)),
            (["\u{1B}", "OP"], .key(.function(1), [])),
        ] {
            var decoder = KeyDecoder()
            var events: [TerminalEvent] = []
            for piece in pieces {
                events += decoder.decode(piece.utf8)
                // Longer than a slow line takes: a tenth of a second.
                if let patience = decoder.patience { #expect(patience > .milliseconds(100)) }
            }
            #expect(events == [key] && decoder.patience == nil, "\(pieces)")
        }
    }

    @Test(
        "What a terminal answers or tells of the mouse is no text",
        arguments: [
            "\u{1B}]10;rgb:1e1e/1e1e/1e1e\u{1B}\\", "\u{1B}]11;rgb:ffff/fffff/ffff\u{7}",
            "\u{1B}]11;rgb:ff/ff\u{7}",
            "\u{1B}]52;c;aGVsbG8=\u{7}",
            "\u{1B}P1+r544e=787465726d\u{1B}\\", "\u{1B}P>|tmux 3.4\u{1B}\\", "\u{1B}P!|00000000\u{1B}\\",
            "\u{1B}_Gi=31;OK\u{1B}\\", "\u{1B}[M !!", "\u{1B}[M#~\u{7F}", "\u{1B}[M`\u{1B}[",
            "\u{1B}[<1;3;4M", "\u{1B}[<2;3;4m", "\u{1B}[<35;3;4M", "\u{1B}[<0;0;4M", "\u{1B}[<0;3M",
            "\u{1B}[<0;3;4;5M",
            "\u{1B}[<0;3;99999999999999999999M", "\u{1B}[<66;3;4M", "\u{1B}[<;;M",
            "\u{1B}[32;5;5M", "\u{1B}[?1;2c", "\u{1B}[24;80R", "\u{1B}[1;80R", "\u{1B}[I", "\u{1B}[O",
            "\u{1B}[97;1:3u",
            "\u{1B}[1;1:3A", "\u{1B}[3;1:3~", "\u{1B}[57441;2u", "\u{1B}[8;24;80t", "\u{1B}[?2026;2$y",
        ])
    func answers(bytes: String) {
        #expect(decode(bytes + "x") == [.key(.character("x"), [])])
        var decoder = KeyDecoder()
        let parts = Array(bytes.utf8).flatMap { decoder.decode([$0]) }
        #expect(parts + decoder.decode("x".utf8) == [.key(.character("x"), [])])
    }

    @Test(
        "A terminal tells of its background",
        arguments: [
            ("1e1e/1e1e/1e1e", false), ("ffff/ffff/ffff", true), ("f/f/f", true), ("00/00/ff", false),
            ("fd/f6/e3", true),
        ])
    func background(color: String, isLight: Bool) {
        for end in ["\u{1B}\\", "\u{7}"] {
            #expect(
                decode("\u{1B}]11;rgb:\(color)\(end)x") == [
                    .background(isLight: isLight), .key(.character("x"), []),
                ])
        }
    }

    @Test(
        "The mouse is told of in digits (xterm's mode 1006)",
        arguments: [
            ("<0;3;4M", .press, []), ("<0;3;4m", .release, []), ("<32;3;4M", .drag, []),
            ("<64;3;4M", .wheelUp, []),
            ("<65;3;4M", .wheelDown, []), ("<16;3;4M", .press, .control), ("<40;3;4M", .drag, .alt),
        ] as [(String, MouseEvent.Action, Modifiers)])
    func mouse(report: String, action: MouseEvent.Action, modifiers: Modifiers) {
        let expected = TerminalEvent.mouse(MouseEvent(action, at: Point(column: 2, row: 3), modifiers))
        #expect(decode("\u{1B}[" + report + "x") == [expected, .key(.character("x"), [])])
        #expect(decode("a\u{1B}[" + report).last == expected)
    }

    @Test("An answer that is cut off leaves what follows alone, and what begins like one may be a key")
    func brokenAnswers() {
        #expect(decode("\u{1B}]11;rgb\rx") == [.key(.enter, []), .key(.character("x"), [])])
        #expect(decode("\u{1B}]11;rgb\u{1B}[A") == [.key(.up, [])])
        #expect(decode("\u{1B}]11;rgb") == [])
        #expect(decode("\u{1B}]") == [.key(.character("]"), .alt)])
        #expect(
            decode("\u{1B}]abc").first == .key(.character("]"), .alt)
                && typed(decode("\u{1B}Px").suffix(1)) == "x")
        #expect(decode("\u{1B}[M!") == [])
    }

    @Test(
        "Kitty's keys: what Shift makes of them, presses and repeats, locks, and those that have no character",
        arguments: [
            ("\u{1B}[97;1:1u", Key.character("a"), []), ("\u{1B}[97;1:2u", .character("a"), []),
            ("\u{1B}[97:65;2u", .character("A"), []), ("\u{1B}[49:33;2u", .character("!"), []),
            ("\u{1B}[97;129u", .character("a"), []), ("\u{1B}[99;133u", .character("c"), .control),
            ("\u{1B}[97;65u", .character("a"), []), ("\u{1B}[1;133A", .up, .control),
            ("\u{1B}[1;129A", .up, []),
            ("\u{1B}[1;5:2A", .up, .control), ("\u{1B}[57400u", .character("1"), []),
            ("\u{1B}[57414;129u", .enter, []),
            ("\u{1B}[57419u", .up, []), ("\u{1B}[57376u", .function(13), []),
            ("\u{1B}[13;130u", .enter, .shift),
        ] as [(String, Key, Modifiers)])
    func kitty(bytes: String, key: Key, modifiers: Modifiers) {
        #expect(decode(bytes) == [.key(key, modifiers)])
    }

    @Test("keeps no more of a paste than there is room for")
    func hugePaste() {
        let text = String(repeating: "漢", count: PasteBuffer.capacity / 3 + 1000)
        let events = decode("\u{1B}[200~\(text)\u{1B}[201~x")
        #expect(events.count == 2)
        #expect(events.first == .paste(String(repeating: "漢", count: PasteBuffer.capacity / 3)))
        #expect(events.last == .key(.character("x"), []))
    }

    @Test("survives any bytes, and never yields a control character", arguments: 0..<8)
    func anything(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        var decoder = KeyDecoder()
        let favourites = Array("\u{1B}\u{1B}\u{1B}[[O;15~2001Aé".utf8)
        for _ in 0..<200 {
            let bytes = (0..<Int.random(in: 0..<40, using: &generator)).map { _ in
                Bool.random(using: &generator)
                    ? UInt8.random(in: .min ... .max, using: &generator)
                    : favourites.randomElement(using: &generator) ?? 0
            }
            var events = decoder.decode(bytes)
            if Bool.random(using: &generator) { events += decoder.timeOut() }
            #expect(events.allSatisfy(isHarmless))
        }
        _ = decoder.timeOut()
        #expect(decoder.patience == nil)
    }

    private func isHarmless(_ event: TerminalEvent) -> Bool {
        switch event {
        case .key(.character(let character), _):
            character.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
        case .paste(let text): TextSanitizer.sanitized(text) == text
        default: true
        }
    }
}
