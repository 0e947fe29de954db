extension Frame: CustomStringConvertible {
    /// The text of the frame's rows, joined by newlines, without the spaces at their ends: a picture for golden tests.
    public var description: String {
        rows { $0.text }
    }

    /// The styles of the frame's rows, a letter a cell: `.` is the plain style, then `a`, `b`, … in order of
    /// appearance; a legend of the letters follows. Text and styles together say all about a frame but its cursor.
    public var styleDescription: String {
        var letters: [Style: Character] = [.plain: "."]
        var legend = ""
        let picture = rows { cell in
            if let letter = letters[cell.style] { return String(letter) }
            let letter = Self.letter(letters.count - 1)
            letters[cell.style] = letter
            legend += "\n\(letter) = \(cell.style)"
            return String(letter)
        }
        return picture + legend
    }

    private func rows(_ show: (Cell) -> String) -> String {
        (0..<size.rows).map { row in
            let line = (0..<size.columns).map { show(self[$0, row]) }.joined()
            return String(line.reversed().drop { $0 == " " }.reversed())
        }.joined(separator: "\n")
    }

    private static func letter(_ index: Int) -> Character {
        let letters = Array("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
        return index < letters.count ? letters[index] : "?"
    }
}

extension Style: CustomStringConvertible {
    /// What of the style differs from the plain one, such as `bold fg 196 bg 16`.
    public var description: String {
        let names: [(Attributes, String)] = [
            (.bold, "bold"), (.dim, "dim"), (.reverse, "reverse"), (.underline, "underline"),
        ]
        var parts = names.filter { attributes.contains($0.0) }.map(\.1)
        parts += [("fg", foreground), ("bg", background)].compactMap { name, color in
            switch color {
            case .standard: nil
            case .indexed(let index): "\(name) \(index)"
            case .shade(let step): "\(name) shade \(step)"
            }
        }
        return parts.isEmpty ? "plain" : parts.joined(separator: " ")
    }
}
