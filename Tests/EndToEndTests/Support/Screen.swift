import Foundation

/// What a terminal shows, and where in it fathom's figures are.
struct Screen: Sendable {
    let text: String
    let lines: [String]

    init(_ text: String) {
        self.text = text
        lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    func contains(_ part: String) -> Bool { text.contains(part) }

    /// The capacity asked for, as the first line has it.
    var asked: Double? {
        lines.first?.firstMatch(of: /(\d\.\d\d)(?: asked)? [·-]/).flatMap { Double($0.1) }
    }

    /// The realised capacity, as the first line has it.
    var real: Double? {
        lines.first?.firstMatch(of: /(\d\.\d\d) real/).flatMap { Double($0.1) }
    }

    /// Tokens in the context, as the first line has it.
    var contextTokens: Int? {
        lines.first?.firstMatch(of: /ctx (\d+)\//).flatMap { Int($0.1) }
    }

    /// The cells of each block's row in the heatmap that have something in them, where every block has a row.
    var heatmap: [Int: String] {
        var rows: [Int: String] = [:]
        for line in lines {
            guard let match = line.firstMatch(of: /[│|][▸> ] ?(\d+) (.*?) +(\d+) % [│|]$/),
                let block = Int(match.1)
            else { continue }
            rows[block] = match.2.trimmingCharacters(in: .whitespaces)
        }
        return rows
    }

    /// The line of the inspector about the chosen block.
    var decision: String? {
        lines.lazy.compactMap { $0.firstMatch(of: /block \d+ +.*(processed|bypassed)/).map { String($0.0) } }
            .first
    }

    /// The line that has this in it.
    func line(with part: String) -> String? { lines.first { $0.contains(part) } }
}
