import Markdown

/// Finds the code in Markdown.
enum CodeBlocks {
    /// The text of the last block of code, without its fences; nil where there is none.
    static func last(in markdown: String) -> String? {
        all(in: MarkdownDocument(markdown).blocks).last
    }

    private static func all(in blocks: [Block]) -> [String] {
        blocks.flatMap { block -> [String] in
            switch block {
            case .code(_, let text): [text]
            case .quote(let blocks): all(in: blocks)
            case .list(_, _, let items): items.flatMap { all(in: $0) }
            case .paragraph, .heading, .table, .rule: []
            }
        }
    }
}
