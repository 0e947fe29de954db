import Markdown
import Testing

@Suite struct MarkdownDocumentTests {
    @Test func blocks() {
        let document = MarkdownDocument(
            """
            # A *title*

            Some **bold `code`**, ~~gone~~ and
            a [link](https://a.b).

            > quoted
            > > twice

            3. three
            4. four
               - within

            ```swift ignored
            let a = 1

            ```

            | a | b |
            |--:|:-:|
            | 1 | 2 | 3 |
            | 4 |

            ---
            """)
        #expect(
            document.blocks == [
                .heading(level: 1, [Inline("A "), Inline("title", .emphasis)]),
                .paragraph([
                    Inline("Some "), Inline("bold ", .strong), Inline("code", [.strong, .code]), Inline(", "),
                    Inline("gone", .struck), Inline(" and\na "), Inline("link", .link),
                    Inline(" (https://a.b)", .address), Inline("."),
                ]),
                .quote([.paragraph([Inline("quoted")]), .quote([.paragraph([Inline("twice")])])]),
                .list(
                    start: 3, isTight: true,
                    items: [
                        [.paragraph([Inline("three")])],
                        [
                            .paragraph([Inline("four")]),
                            .list(start: nil, isTight: true, items: [[.paragraph([Inline("within")])]]),
                        ],
                    ]),
                .code(language: "swift", text: "let a = 1\n"),
                .table(
                    alignments: [.right, .center], header: [[Inline("a")], [Inline("b")]],
                    rows: [[[Inline("1")], [Inline("2")]], [[Inline("4")], []]]),
                .rule,
            ])
    }

    @Test func addresses() {
        #expect(MarkdownDocument("https://a.b/c").blocks == [.paragraph([Inline("https://a.b/c", .link)])])
        #expect(MarkdownDocument("<me@a.b>").blocks == [.paragraph([Inline("me@a.b", .link)])])
        #expect(
            MarkdownDocument("![a cat](cat.png)").blocks == [
                .paragraph([Inline("a cat", .link), Inline(" (cat.png)", .address)])
            ])
    }

    @Test func entitiesMakeNoControlCharacters() {
        #expect(
            MarkdownDocument("a&#27;[31m&#x9b;b &amp; c").blocks == [
                .paragraph([Inline("a\u{FFFD}[31m\u{FFFD}b & c")])
            ])
        #expect(
            MarkdownDocument("[x](a&#7;b)").blocks == [
                .paragraph([Inline("x", .link), Inline(" (a\u{FFFD}b)", .address)])
            ])
        #expect(MarkdownDocument("```a&#27;b\n```").blocks == [.code(language: "a\u{FFFD}b", text: "")])
    }

    @Test func htmlIsText() {
        #expect(MarkdownDocument("<script>x</script>").blocks == [.paragraph([Inline("<script>x</script>")])])
        #expect(MarkdownDocument("a <b>c</b>").blocks == [.paragraph([Inline("a <b>c</b>")])])
    }

    @Test(arguments: [">", "- ", "* ", "1. ", "[", "*a ", "**a ", "`"])
    func deepNesting(mark: String) {
        let text = String(repeating: mark, count: 20_000) + "end"
        #expect("\(MarkdownDocument(text).blocks)".contains("end"))
    }

    /// Short rows are filled up: of a small text they would make millions of cells.
    @Test func hugeTablesStayText() {
        let columns = String(repeating: "|a", count: 2500)
        let rule = String(repeating: "|-", count: 2500)
        let text = "\(columns)\n\(rule)\n" + String(repeating: "|\n", count: 4000)
        #expect(MarkdownDocument(text).blocks.allSatisfy { if case .table = $0 { false } else { true } })
    }

    @Test(arguments: ["", "\n\n", "\0", "\u{FEFF}", "|", "|-|", "```", "&#0;", "\r", "# "])
    func anythingIsMarkdown(text: String) {
        #expect(MarkdownDocument(text).blocks.count <= 1)
    }
}
