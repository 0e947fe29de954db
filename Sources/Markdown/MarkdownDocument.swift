import CCommonMark
import Synchronization

/// Markdown read into blocks by cmark-gfm: CommonMark with GitHub's tables, strikethrough and bare links (GitHub
/// Flavored Markdown 0.29).
///
/// Any text is Markdown, so nothing fails. HTML stays text, line breaks within a paragraph stay, and where blocks lie
/// in each other more than `deepest` deep, the text of the inner ones is a paragraph.
public struct MarkdownDocument: Sendable, Hashable {
    /// How deep blocks may lie in each other.
    public static let deepest = 16

    /// The document's blocks from the top.
    public var blocks: [Block]

    /// Reads a text.
    public init(_ text: String) {
        blocks = MarkdownDocument.cmark.withLock { _ in MarkdownDocument.read(text) }
    }

    /// The most cells that the tables of a text may have; what would have more stays text.
    private static let mostCells = 1 << 16

    private static func read(_ text: String) -> [Block] {
        _ = extensionsRegistered
        let parser = cmark_parser_new(CMARK_OPT_DEFAULT)
        defer { cmark_parser_free(parser) }
        // A table's short rows are filled up: a few kilobytes could make millions of cells.
        let lines = text.utf8.split(separator: UInt8(ascii: "\n"))
        let bars = lines.lazy.map { line in line.count { $0 == UInt8(ascii: "|") } }.max() ?? 0
        let hasRoom = bars * lines.count <= mostCells
        for name in (hasRoom ? ["table"] : []) + ["strikethrough", "autolink"] {
            if let found = cmark_find_syntax_extension(name) {
                cmark_parser_attach_syntax_extension(parser, found)
            }
        }
        var text = text
        text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { cmark_parser_feed(parser, $0.baseAddress, $0.count) }
        }
        let root = cmark_parser_finish(parser)
        defer { cmark_node_free(root) }
        return root.map { Node($0).blocks(depth: 0) } ?? []
    }

    /// Which characters mean something to its extensions, cmark-gfm keeps for all its parsers together: only one may
    /// run at a time.
    private static let cmark = Mutex(())

    private static let extensionsRegistered: Void = cmark_gfm_core_extensions_ensure_registered()
}

/// A node of cmark's tree, which lives as long as the tree's root.
private struct Node {
    private let pointer: OpaquePointer

    init(_ pointer: OpaquePointer) { self.pointer = pointer }

    private var kind: String { String(cString: cmark_node_get_type_string(pointer)) }

    private var children: [Node] {
        var children: [Node] = []
        var next = cmark_node_first_child(pointer)
        while let child = next {
            children.append(Node(child))
            next = cmark_node_next(child)
        }
        return children
    }

    /// The text of a node that has text and no children.
    private var literal: String {
        cmark_node_get_literal(pointer).map { Node.withoutControls(String(cString: $0)) } ?? ""
    }

    private var address: String {
        cmark_node_get_url(pointer).map { Node.withoutControls(String(cString: $0)) } ?? ""
    }

    /// A text in which U+FFFD stands for control characters: `&#27;` makes one of harmless letters.
    private static func withoutControls(_ text: String) -> String {
        let isHarmful = { (scalar: Unicode.Scalar) in
            scalar.properties.generalCategory == .control && scalar != "\n" && scalar != "\t"
        }
        guard text.unicodeScalars.contains(where: isHarmful) else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.map { isHarmful($0) ? "\u{FFFD}" : $0 }))
    }

    /// The blocks in this one.
    func blocks(depth: Int) -> [Block] { children.compactMap { $0.block(depth: depth + 1) } }

    private func block(depth: Int) -> Block? {
        guard depth < MarkdownDocument.deepest else {
            let text = plainText
            return text.isEmpty ? nil : .paragraph([Inline(text)])
        }
        switch kind {
        case "paragraph": return .paragraph(inlines)
        case "heading": return .heading(level: Int(cmark_node_get_heading_level(pointer)), inlines)
        case "code_block":
            let info = cmark_node_get_fence_info(pointer).map { String(cString: $0) } ?? ""
            let language = info.split(whereSeparator: \.isWhitespace).first ?? ""
            return .code(
                language: Node.withoutControls(String(language)), text: literal.withoutLastNewline)
        case "html_block": return .paragraph([Inline(literal.withoutLastNewline)])
        case "block_quote": return .quote(blocks(depth: depth))
        case "list":
            let isOrdered = cmark_node_get_list_type(pointer) == CMARK_ORDERED_LIST
            return .list(
                start: isOrdered ? Int(cmark_node_get_list_start(pointer)) : nil,
                isTight: cmark_node_get_list_tight(pointer) != 0,
                items: children.map { $0.blocks(depth: depth) })
        case "table": return table
        case "thematic_break": return .rule
        default: return inlines.isEmpty ? nil : .paragraph(inlines)
        }
    }

    private var table: Block? {
        let columns = Int(cmark_gfm_extensions_get_table_columns(pointer))
        let marks = cmark_gfm_extensions_get_table_alignments(pointer)
        let alignments = (0..<columns).map { column -> ColumnAlignment in
            switch marks?[column] {
            case UInt8(ascii: "c"): .center
            case UInt8(ascii: "r"): .right
            default: .left
            }
        }
        let rows = children.map { row in
            let cells = row.children.prefix(columns).map(\.inlines)
            return cells + Array(repeating: [], count: columns - cells.count)
        }
        guard let header = rows.first else { return nil }
        return .table(alignments: alignments, header: header, rows: Array(rows.dropFirst()))
    }

    /// The text within, in pieces of one look each.
    private var inlines: [Inline] {
        var pieces: [Inline] = []
        for child in children { child.add(to: &pieces, [], depth: 0) }
        return pieces
    }

    private func add(to pieces: inout [Inline], _ traits: Inline.Traits, depth: Int) {
        func add(_ text: String, _ traits: Inline.Traits) {
            if pieces.last?.traits == traits {
                pieces[pieces.count - 1].text += text
            } else if !text.isEmpty {
                pieces.append(Inline(text, traits))
            }
        }
        guard depth < MarkdownDocument.deepest else { return add(plainText, traits) }
        var inner = traits
        switch kind {
        case "text", "html_inline": return add(literal, traits)
        case "softbreak", "linebreak": return add("\n", traits)
        case "code": return add(literal, traits.union(.code))
        case "emph": inner.insert(.emphasis)
        case "strong": inner.insert(.strong)
        case "strikethrough": inner.insert(.struck)
        case "link", "image": inner.insert(.link)
        default: break
        }
        let first = pieces.count
        for child in children { child.add(to: &pieces, inner, depth: depth + 1) }
        guard kind == "link" || kind == "image", !address.isEmpty else { return }
        let text = pieces.dropFirst(first).map(\.text).joined()
        guard !address.hasSuffix(text) || text.isEmpty else { return }
        add(text.isEmpty ? address : " (\(address))", traits.union(.address))
    }

    /// The text of all nodes within, without any looks.
    private var plainText: String {
        let iterator = cmark_iter_new(pointer)
        defer { cmark_iter_free(iterator) }
        var text = ""
        while true {
            let event = cmark_iter_next(iterator)
            if event == CMARK_EVENT_DONE { return text }
            guard event == CMARK_EVENT_ENTER, let found = cmark_iter_get_node(iterator) else { continue }
            let node = Node(found)
            switch node.kind {
            case "softbreak", "linebreak": text += "\n"
            case "paragraph", "heading", "item", "table_row": text += text.isEmpty ? "" : "\n"
            default: text += node.literal
            }
        }
    }
}

extension String {
    fileprivate var withoutLastNewline: String { last == "\n" ? String(dropLast()) : self }
}
