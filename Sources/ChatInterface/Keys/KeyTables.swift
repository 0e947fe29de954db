/// The keys and commands as tables, for the README and the manual.
public enum KeyTables {
    /// What keys do, in Markdown, by the part of the screen that has the focus.
    public static var keys: String {
        let rows = entries.map { entry, place in
            let keys = entry.keys.map { "`\($0.chord.label)`" }.joined(separator: " ")
            return "| \(([keys] + place).joined(separator: " ")) | \(entry.meaning) |\n"
        }
        return "| key | does |\n|---|---|\n" + rows.joined()
    }

    /// What commands do, in Markdown.
    public static var commands: String {
        let rows = commandRows.map { "| `\($0.command)` | \($0.meaning) |\n" }
        return "| command | does |\n|---|---|\n" + rows.joined()
    }

    /// What keys do: their names, the part of the screen that must have the focus (empty for the composer), and what
    /// they do.
    public static var keyRows: [(keys: String, place: String, meaning: String)] {
        entries.map { entry, place in
            (entry.keys.map(\.chord.label).joined(separator: " "), place.joined(), entry.meaning)
        }
    }

    /// What commands do: the command with its argument, and what it does.
    public static var commandRows: [(command: String, meaning: String)] {
        CommandTable.entries.map { ("/\($0.name) \($0.argument)".trimmed, $0.meaning) }
    }

    /// The entries, and where they hold; nothing stands for the composer.
    private static var entries: [(entry: KeyTable.Entry, place: [String])] {
        let scopes: [(Scope, [String])] = [
            (.composer, []), (.heatmap, ["in the heatmap"]),
            (.conversations, ["among conversations"]), (.anywhere, ["anywhere"]),
        ]
        return scopes.flatMap { scope, place in
            KeyTable.entries.filter { $0.scope == scope }.map { ($0, place) }
        }
    }
}
