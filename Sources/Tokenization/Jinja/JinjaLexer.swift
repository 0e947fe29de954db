/// Cuts a template into text and the words of its tags.
///
/// As Hugging Face's `transformers` sets Jinja up, the line break after a block tag and the white space in front of one
/// on its line are no text.
struct JinjaLexer {
    enum Token: Hashable {
        case text(String)
        case beginOutput, endOutput, beginBlock, endBlock
        case name(String)
        case string(String)
        case int(Int)
        case double(Double)
        case sign(String)
    }

    private let scalars: [Unicode.Scalar]
    private var position = 0
    private(set) var tokens: [(token: Token, line: Int)] = []
    private var line = 1

    /// Two-character signs come before their first characters.
    private static let signs = [
        "**", "//", "==", "!=", "<=", ">=", "+", "-", "*", "/", "%", "~", "<", ">", "=", "(", ")", "[", "]",
        "{", "}",
        ",", ".", ":", "|",
    ].map { Array($0.unicodeScalars) }

    /// Cuts a whole template.
    static func tokens(of template: String) throws(JinjaError) -> [(token: Token, line: Int)] {
        var lexer = JinjaLexer(template)
        try lexer.run()
        return lexer.tokens
    }

    private init(_ template: String) {
        var scalars = Array(template.unicodeScalars)
        // A line break at the end of a template is none of its text.
        if scalars.last == "\n" { scalars.removeLast() }
        self.scalars = scalars
    }

    private mutating func run() throws(JinjaError) {
        var text: [Unicode.Scalar] = []
        var stripsFront = false
        var dropsBreak = false
        func finish(_ text: inout [Unicode.Scalar], strip: Bool, blockFollows: Bool) -> Token? {
            var beginsLine = tokens.isEmpty
            if stripsFront {
                text = Array(text.drop { $0.properties.isWhitespace })
            } else if dropsBreak, text.first == "\n" {
                text.removeFirst()
                beginsLine = true
            }
            if strip {
                while text.last?.properties.isWhitespace == true { text.removeLast() }
            } else if blockFollows {
                let blank = text.reversed().prefix { $0 == " " || $0 == "\t" }.count
                let before = text.dropLast(blank).last
                if before == "\n" || before == nil && beginsLine { text.removeLast(blank) }
            }
            defer { text = [] }
            return text.isEmpty ? nil : .text(String(String.UnicodeScalarView(text)))
        }
        while position < scalars.count {
            guard scalars[position] == "{", let kind = scalar(at: position + 1),
                "{%#".unicodeScalars.contains(kind)
            else {
                text.append(scalars[position])
                if scalars[position] == "\n" { line += 1 }
                position += 1
                continue
            }
            position += 2
            let sign = scalar(at: position)
            let strips = sign == "-"
            if strips || sign == "+" { position += 1 }
            let blockFollows = kind != "{" && sign != "+"
            if let token = finish(&text, strip: strips, blockFollows: blockFollows) { add(token) }
            let (closedByDash, isBlock) = try tag(kind)
            stripsFront = closedByDash
            dropsBreak = isBlock
        }
        if let token = finish(&text, strip: false, blockFollows: false) { add(token) }
    }

    /// Reads a tag to its end. Returns whether a dash strips what follows, and whether a line break after the tag is
    /// dropped.
    private mutating func tag(_ kind: Unicode.Scalar) throws(JinjaError) -> (Bool, Bool) {
        if kind == "#" {
            while position < scalars.count {
                if scalars[position] == "#", scalar(at: position + 1) == "}" {
                    let dash = scalars[position - 1] == "-"
                    position += 2
                    return (dash, true)
                }
                if scalars[position] == "\n" { line += 1 }
                position += 1
            }
            throw .syntax("a comment is not closed", line: line)
        }
        let isBlock = kind == "%"
        add(isBlock ? .beginBlock : .beginOutput)
        let close: Unicode.Scalar = isBlock ? "%" : "}"
        var depth = 0
        while position < scalars.count {
            let here = scalars[position]
            if here == "\n" { line += 1 }
            if here.properties.isWhitespace {
                position += 1
                continue
            }
            let dash = here == "-" || here == "+"
            let start = dash ? position + 1 : position
            if depth == 0, scalar(at: start) == close, scalar(at: start + 1) == "}" {
                position = start + 2
                add(isBlock ? .endBlock : .endOutput)
                return (here == "-", isBlock && here != "+")
            }
            if here == "{" { depth += 1 }
            if here == "}" { depth -= 1 }
            try word()
        }
        throw .syntax("a tag is not closed", line: line)
    }

    /// Reads a name, a number, a string or a sign.
    private mutating func word() throws(JinjaError) {
        let first = scalars[position]
        if first == "'" || first == "\"" { return add(.string(try string(until: first))) }
        if first.isASCII, first.properties.numericType != nil {
            return try number()
        }
        if first == "_" || first.properties.isAlphabetic {
            let start = position
            while let next = scalar(at: position),
                next == "_" || next.properties.isAlphabetic || next.properties.numericType != nil
            { position += 1 }
            return add(.name(String(String.UnicodeScalarView(scalars[start..<position]))))
        }
        guard let sign = JinjaLexer.signs.first(where: { scalars[position...].starts(with: $0) }) else {
            throw .syntax("a character is out of place", line: line)
        }
        position += sign.count
        add(.sign(String(String.UnicodeScalarView(sign))))
    }

    private mutating func number() throws(JinjaError) {
        let start = position
        var isWhole = true
        while let next = scalar(at: position) {
            if next == ".", isWhole, scalar(at: position + 1)?.properties.numericType != nil {
                isWhole = false
            } else if next.properties.numericType == nil {
                break
            }
            position += 1
        }
        let text = String(String.UnicodeScalarView(scalars[start..<position]))
        if isWhole, let value = Int(text) {
            add(.int(value))
        } else if let value = Double(text) {
            add(.double(value))
        } else {
            throw .syntax("a number is malformed", line: line)
        }
    }

    private mutating func string(until quote: Unicode.Scalar) throws(JinjaError) -> String {
        position += 1
        var text = String.UnicodeScalarView()
        while let next = scalar(at: position) {
            position += 1
            if next == quote { return String(text) }
            if next == "\n" { line += 1 }
            guard next == "\\", let escaped = scalar(at: position) else {
                text.append(next)
                continue
            }
            position += 1
            switch escaped {
            case "n": text.append("\n")
            case "t": text.append("\t")
            case "r": text.append("\r")
            case "\\", "'", "\"": text.append(escaped)
            case "u", "x":
                let count = escaped == "u" ? 4 : 2
                let digits = String(String.UnicodeScalarView(scalars[position...].prefix(count)))
                guard digits.utf8.count == count, let code = UInt32(digits, radix: 16),
                    let scalar = Unicode.Scalar(code)
                else { throw .syntax("an escape is malformed", line: line) }
                text.append(scalar)
                position += count
            default:
                text.append(next)
                text.append(escaped)
            }
        }
        throw .syntax("a string is not closed", line: line)
    }

    private func scalar(at position: Int) -> Unicode.Scalar? {
        position < scalars.count ? scalars[position] : nil
    }

    private mutating func add(_ token: Token) {
        tokens.append((token, line))
    }
}
