/// A manual page in the macros of man(7), in ASCII, so that every version of troff reads it.
struct Roff {
    /// The page so far.
    private(set) var text: String

    /// Begins a page.
    init(title: String, section: Int, source: String) {
        text = ".TH \(title.uppercased()) \(section) \"\" \"\(source)\"\n"
    }

    /// Begins a section.
    mutating func section(_ title: String) {
        text += ".SH \(Self.escaped(title.uppercased()))\n"
    }

    /// Begins a part of a section.
    mutating func subsection(_ title: String) {
        text += ".SS \(Self.escaped(title))\n"
    }

    /// Adds a paragraph.
    mutating func paragraph(_ words: String) {
        text += ".PP\n" + Self.line(words)
    }

    /// Adds a line of the synopsis: a program's name, and what follows it.
    mutating func synopsis(_ name: String, _ rest: String) {
        text += ".PP\n\\fB\(Self.escaped(name))\\fR \(Self.escaped(rest))\n"
    }

    /// Adds an entry of a list: its names, and behind them what it means.
    mutating func entry(_ names: [String], _ meaning: String) {
        let names = names.map { "\\fB\(Self.escaped($0))\\fR" }.joined(separator: ", ")
        text += ".TP\n\(names)\n" + Self.line(meaning)
    }

    /// A line of text. What begins with a dot or an apostrophe would be a request.
    private static func line(_ words: String) -> String {
        let words = words.split(whereSeparator: \.isNewline).joined(separator: " ")
        let escaped = escaped(words)
        return (escaped.hasPrefix(".") || escaped.hasPrefix("'") ? "\\&" : "") + escaped + "\n"
    }

    /// A text in which nothing means anything to troff.
    private static func escaped(_ text: String) -> String {
        text.unicodeScalars.map { scalar in
            switch scalar {
            case "\\": "\\e"
            case "-": "\\-"
            // Typewriters' signs, which people copy, not the typographic ones that troff makes of them.
            case "'": "\\(aq"
            case "`": "\\(ga"
            case "^": "\\(ha"
            case "~": "\\(ti"
            case "“": "\\(lq"
            case "”": "\\(rq"
            case "’": "\\(cq"
            case "–": "\\(en"
            case "…": "..."
            case _ where scalar.isASCII: String(scalar)
            default: "\\[u" + hexadecimal(scalar.value) + "]"
            }
        }
        .joined()
    }

    private static func hexadecimal(_ value: UInt32) -> String {
        let digits = String(value, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}
