import Configuration
import TOMLKit

/// A TOML document cut into its statements, so that one can be changed and all others stay to the byte.
struct TOMLStatements {
    /// Some lines of the document that belong together.
    struct Statement {
        /// The lines with what ends them.
        var text: String
        /// The name that the statement gives a value; nil for comments and empty lines.
        let name: String?
        /// The number of its first line, from 1.
        let line: Int
        /// Whether it begins a table, in which all that follows stands.
        let isTable: Bool
    }

    private(set) var statements: [Statement] = []

    /// Cuts a document up. It must be sound: what is not becomes one statement.
    init(_ document: String) {
        var lines = Self.lines(of: document)[...]
        var number = 1
        while var text = lines.popFirst() {
            let start = number
            let isTable = text.unicodeScalars.first { $0 != " " && $0 != "\t" } == "["
            while isTable || Self.name(in: text) == nil, let next = lines.popFirst() {
                text += next
                number += 1
            }
            statements.append(
                Statement(
                    text: text, name: Self.name(in: text).flatMap { $0 }, line: start, isTable: isTable))
            number += 1
        }
    }

    /// The lines of a document with the line feeds that end them: to Swift, CR LF is one character.
    private static func lines(of document: String) -> [String] {
        var lines: [String] = []
        var rest = document.unicodeScalars[...]
        while !rest.isEmpty {
            let end = rest.firstIndex(of: "\n").map { rest.index(after: $0) } ?? rest.endIndex
            lines.append(String(rest[..<end]))
            rest = rest[end...]
        }
        return lines
    }

    /// The document.
    var document: String { statements.map(\.text).joined() }

    /// The number of the line on which a name is given a value; nil where it is not.
    func line(of name: String) -> Int? { statements.first { $0.name == name }?.line }

    /// Gives a name a value, in place of the one it had, or behind all others. A comment behind the old value stays.
    mutating func set(_ name: String, to literal: String) {
        if let index = statements.firstIndex(where: { $0.name == name }) {
            statements[index].text = "\(name) = \(literal)" + Self.tail(of: statements[index].text)
            return
        }
        let index = statements.firstIndex(where: \.isTable) ?? statements.endIndex
        if index > 0, !statements[index - 1].text.unicodeScalars.reversed().starts(with: ["\n"]) {
            statements[index - 1].text += "\n"
        }
        statements.insert(
            Statement(text: "\(name) = \(literal)\n", name: name, line: 0, isTable: false), at: index)
    }

    /// Takes the value of a name away; what follows the header of a table stays.
    ///
    /// - Returns: Whether it had one.
    mutating func remove(_ name: String) -> Bool {
        guard let index = statements.firstIndex(where: { $0.name == name && !$0.isTable }) else {
            return false
        }
        statements.remove(at: index)
        return true
    }

    /// The name that is given a value by a text: nil where the text is no sound TOML, as when it ends amid a value; nil
    /// within where it gives none.
    private static func name(in text: String) -> String?? {
        guard let snapshot = try? TOMLSnapshot(text, name: "") else { return nil }
        return .some(snapshot.names.first)
    }

    /// What stands behind the value of a statement: white space, a comment, the end of the line.
    private static func tail(of text: String) -> String {
        let scalars = text.unicodeScalars
        var end = scalars.endIndex
        // The first `#` before which there is a whole statement is not in a string.
        if let hash = scalars.indices.first(where: { index in
            scalars[index] == "#" && (name(in: String(scalars[..<index])).flatMap { $0 }) != nil
        }) {
            end = hash
        }
        while let before = scalars[..<end].indices.last,
            [" ", "\t", "\r", "\n"].contains(scalars[before])
        {
            end = before
        }
        return String(scalars[end...])
    }
}
