/// The keys and commands as tables of Markdown, for the README.
public enum KeyTables {
    /// What keys do, by the part of the screen that has the focus.
    public static var keys: String {
        let scopes: [(Scope, String)] = [
            (.composer, ""), (.heatmap, " in the heatmap"), (.conversations, " among conversations"),
            (.anywhere, " anywhere"),
        ]
        let rows = scopes.flatMap { scope, place in
            KeyTable.entries.filter { $0.scope == scope }.map { entry in
                "| \(entry.keys.map { "`\($0.chord.label)`" }.joined(separator: " "))\(place) | \(entry.meaning) |\n"
            }
        }
        return "| key | does |\n|---|---|\n" + rows.joined()
    }

    /// What commands do.
    public static var commands: String {
        let rows = CommandTable.entries.map { entry in
            "| `\("/\(entry.name) \(entry.argument)".trimmed)` | \(entry.meaning) |\n"
        }
        return "| command | does |\n|---|---|\n" + rows.joined()
    }
}
