/// What may follow a command that is being typed.
struct Completion: Sendable, Hashable {
    /// A text that the one typed may become.
    struct Candidate: Sendable, Hashable {
        /// The text, as far as it is known.
        let text: String
        /// The text as the table shows it, with what may follow.
        let usage: String
        /// What it does; empty for an argument.
        let meaning: String
    }

    /// Texts that the one typed may become, in the order of the table.
    let candidates: [Candidate]
    /// What the one command that fits takes and does; nil while several may be meant.
    let hint: String?
    /// Whether no command begins as the text does.
    let isUnknown: Bool

    /// Creates the completion of a text; nil for one that is no command.
    init?(_ text: String) {
        guard text.first == "/", !text.hasPrefix("//"), !text.contains(where: \.isNewline) else { return nil }
        let body = text.dropFirst()
        guard let space = body.firstIndex(of: " ") else {
            let fitting = CommandTable.entries.filter { $0.name.hasPrefix(body) }
            candidates = fitting.map { entry in
                Candidate(
                    text: "/\(entry.name)" + (entry.argument.isEmpty ? "" : " "),
                    usage: "/\(entry.name) \(entry.argument)".trimmed, meaning: entry.meaning)
            }
            isUnknown = fitting.isEmpty
            let exact = fitting.first { $0.name == body } ?? (fitting.count == 1 ? fitting.first : nil)
            hint = exact.map(Completion.usage)
            return
        }
        let name = body[..<space]
        let argument = body[space...].drop { $0 == " " }
        guard let entry = CommandTable.entries.first(where: { $0.name == name }) else {
            (candidates, hint, isUnknown) = ([], nil, true)
            return
        }
        candidates = entry.choices.filter { $0.hasPrefix(argument) }.map { choice in
            Candidate(text: "/\(name) \(choice)", usage: choice, meaning: "")
        }
        isUnknown = false
        hint = Completion.usage(of: entry)
    }

    private static func usage(of entry: CommandTable.Entry) -> String {
        "\("/\(entry.name) \(entry.argument)".trimmed): \(entry.meaning)"
    }

    /// The text as far as all candidates agree on it; nil where that is no more than was typed.
    func extended(_ text: String) -> String? {
        guard var common = candidates.first?.text else { return nil }
        for candidate in candidates.dropFirst() {
            common = String(zip(common, candidate.text).prefix { $0 == $1 }.map(\.0))
        }
        return common.count > text.count ? common : nil
    }
}

/// A walk through what a command may be completed to, as Tab is pressed again and again.
struct CompletionWalk: Sendable, Hashable {
    let candidates: [Completion.Candidate]
    private(set) var place = 0

    /// Begins at the first candidate; nil where there is no choice.
    init?(_ completion: Completion) {
        guard completion.candidates.count > 1 else { return nil }
        candidates = completion.candidates
    }

    /// The text that the composer holds.
    var text: String { candidates[place].text }

    /// Goes on to the next candidate, after the last to the first.
    mutating func advance() {
        place = (place + 1) % candidates.count
    }
}
