import Markdown
import TestSupport
import Testing

@Suite struct UnfinishedMarkdownTests {
    @Test(arguments: [
        ("a **bo", "a **bo**"), ("a **", "a "), ("a *b* c", "a *b* c"), ("2 * 3 * 4", "2 * 3 * 4"),
        ("`co", "`co`"), ("``a`b", "``a`b``"), ("a `*x", "a `*x`"), ("**a *b", "**a *b***"), ("~~x", "~~x~~"),
        ("snake_case_x", "snake_case_x"), ("[text](htt", "[text](htt)"), ("a\n- *b", "a\n- *b*"),
        ("*a\n\nb", "*a\n\nb"), ("#", ""), ("## ", ""), ("a\n-", "a\n"), ("a\n1.", "a\n"),
        ("a\n12 b", "a\n12 b"),
        ("| a | b |", ""), ("x\n| a | b |\n", "x\n"), ("| a |\n|--", ""),
        ("| a |\n|---|\n", "| a |\n|---|\n"),
        ("```py", ""), ("```py\na = '*", "```py\na = '*"), ("```py\na\n``", "```py\na"), ("\\*a", "\\*a"),
        ("**bold**", "**bold**"), ("a **b ", "a **b**"), ("a ***b", "a ***b***"), ("word", "word"), ("", ""),
        ("a\n", "a\n"),
    ])
    func shown(text: String, expected: String) {
        #expect(UnfinishedMarkdown.shown(text) == expected)
    }

    /// Marks never appear to vanish again: no beginning of a text shows any.
    @Test func noBeginningShowsMarks() {
        let text = """
            # Title of *it*

            Some **bold words** and *soft ones*, `code * here` and ~~none~~, ***both***.
            See [the page](https://example.org/a_b) for more.

            - first **item**
            - second
              1. within `x`

            > quoted *so*

            ```python
            print(1)
            ```

            | a | b |
            |---|---|
            | 1 | **2** |

            The end.
            """
        for end in text.indices {
            let shown = MarkdownDocument(UnfinishedMarkdown.shown(String(text[..<end]))).blocks
            let words = shown.flatMap(\.words)
            for word in words {
                let marks = word.filter { "#*`~|>".contains($0) }
                #expect(
                    marks.isEmpty || word == "code * here" || word.hasPrefix("code *"),
                    "\(text[..<end]): \(word)")
            }
        }
    }

    /// Nothing but marks is held back, whatever the text.
    @Test func wordsAreShown() {
        var random = SeededGenerator(seed: 3)
        let marks = [
            "*", "**", "_", "`", "```", "\n", "\n\n", " ", "[", "](", ")", "|", "-", "# ", "> ", "1. ", "\\",
            "é", "a",
        ]
        for _ in 0..<2000 {
            let text = (0..<20).map { _ in marks.randomElement(using: &random) ?? "" }.joined()
            let shown = UnfinishedMarkdown.shown(text)
            let isLone = text.contains("|") || text.contains("```") || text.contains("1. ")
            #expect(isLone || shown.filter(\.isLetter) == text.filter(\.isLetter), "\(text)")
        }
    }
}

extension Block {
    /// All texts within.
    fileprivate var words: [String] {
        switch self {
        case .paragraph(let text), .heading(_, let text): text.map(\.text)
        case .quote(let blocks): blocks.flatMap(\.words)
        case .list(_, _, let items): items.joined().flatMap(\.words)
        case .table(_, let header, let rows): (header + rows.joined()).joined().map(\.text)
        case .code(_, let text): [text]
        case .rule: []
        }
    }
}
