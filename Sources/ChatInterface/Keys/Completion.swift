/// What may follow a command that is being typed.
struct Completion: Sendable, Hashable {
    /// Texts that the one typed may become, in the order of the table.
    let candidates: [String]
    /// What the one command that fits takes and does; nil while several may be meant.
    let hint: String?

    /// Creates the completion of a text; nil for one that is no command.
    init?(_ text: String) {
        guard text.first == "/", !text.hasPrefix("//"), !text.contains(where: \.isNewline) else { return nil }
        let body = text.dropFirst()
        guard let space = body.firstIndex(of: " ") else {
            let fitting = CommandTable.entries.filter { $0.name.hasPrefix(body) }
            candidates = fitting.map { "/\($0.name)" + ($0.argument.isEmpty ? "" : " ") }
            let exact = fitting.first { $0.name == body } ?? (fitting.count == 1 ? fitting.first : nil)
            hint = exact.map(Completion.usage)
            return
        }
        let name = body[..<space]
        let argument = body[space...].drop { $0 == " " }
        guard let entry = CommandTable.entries.first(where: { $0.name == name }) else {
            (candidates, hint) = ([], nil)
            return
        }
        candidates = entry.choices.filter { $0.hasPrefix(argument) }.map { "/\(name) \($0)" }
        hint = Completion.usage(of: entry)
    }

    private static func usage(of entry: CommandTable.Entry) -> String {
        "\("/\(entry.name) \(entry.argument)".trimmed): \(entry.meaning)"
    }

    /// The text as far as all candidates agree on it; nil where that is no more than was typed.
    func extended(_ text: String) -> String? {
        guard var common = candidates.first else { return nil }
        for candidate in candidates.dropFirst() {
            common = String(zip(common, candidate).prefix { $0 == $1 }.map(\.0))
        }
        return common.count > text.count ? common : nil
    }
}
