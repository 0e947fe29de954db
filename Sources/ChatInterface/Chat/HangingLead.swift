/// What stands at the beginning of a paragraph and not in the lines it wraps into: the indentation of code, the
/// marker of a list item. With it out of the way, wrapped code and lists keep their shape.
enum HangingLead {
    /// What stands at the beginning of a paragraph: its spaces and, with the spaces after it, a list marker. Empty
    /// where that would leave the text less than half of the columns.
    static func lead(of paragraph: some StringProtocol, columns: Int) -> String {
        let spaces = paragraph.prefix { $0 == " " }
        let rest = paragraph.dropFirst(spaces.count)
        let marker = marker(of: rest)
        let after = marker.isEmpty ? rest.prefix(0) : rest.dropFirst(marker.count).prefix { $0 == " " }
        let lead = spaces + (after.isEmpty ? "" : marker + after)
        return lead.count > columns / 2 ? "" : String(lead)
    }

    /// The list marker that a text begins with, or an empty one: `-`, `*`, `+`, `•`, or a number of up to three digits
    /// with `.` or `)`.
    private static func marker(of text: some StringProtocol) -> String {
        if let first = text.first, "-*+•".contains(first) { return String(first) }
        let digits = text.prefix(3).prefix { ("0"..."9").contains($0) }
        guard !digits.isEmpty, let sign = text.dropFirst(digits.count).first, sign == "." || sign == ")"
        else { return "" }
        return digits + String(sign)
    }
}
