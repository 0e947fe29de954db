import ArgumentParser
import Settings
import TerminalKit

struct ConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Show the settings, or change them.",
        discussion: """
            Settings are the defaults of the options with their names. A file of TOML holds them: temperature = 0.5. An \
            environment variable with FATHOM_ before the name counts more, FATHOM_TEMPERATURE=0.5, and an option most.
            """,
        subcommands: [ConfigListCommand.self, ConfigSetCommand.self, ConfigUnsetCommand.self],
        defaultSubcommand: ConfigListCommand.self)
}

struct ConfigListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Print every setting, its value and where that comes from. (default)")

    @Flag(help: "Print only the path of the file of settings.")
    var path = false

    func run() async throws {
        try await Failure.reporting {
            guard !path else { return try Output.printData(UserSettings.file().path) }
            let settings = try UserSettings.load()
            let cells = Setting.all.map { setting in
                let value = settings[setting].map { "\($0)" } ?? setting.defaultText
                return [setting.name, Self.oneLine(value), "\(settings.origin(of: setting))"]
            }
            func width(_ column: Int) -> Int { min(40, cells.map { $0[column].count }.max() ?? 0) }
            for row in cells {
                try Output.print(
                    "\(row[0].paddedRight(width(0)))  \(row[1].paddedRight(width(1)))  \(row[2])")
            }
        }
    }

    /// The beginning of a value, which may be a system prompt of many lines.
    private static func oneLine(_ value: String) -> String {
        let line = TextSanitizer.sanitized(value, keepingNewlines: false)
        return line.count > 40 ? line.prefix(39) + "…" : line
    }
}

struct ConfigSetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set",
        abstract: "Give a setting a value in the file; the file's other lines stay as they are.")

    @Argument(help: "The setting's name.", completion: .settings)
    var name: String

    @Argument(help: "Its value.")
    var value: [String]

    func run() async throws {
        try await Failure.reporting {
            let setting = try Usage.checked { try Setting.named(name) }
            let given = try Usage.checked { try setting.value(of: value.joined(separator: " ")) }
            try UserSettings.file().set(setting, to: given)
        }
    }
}

struct ConfigUnsetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unset",
        abstract: "Take a setting out of the file; the file's other lines stay as they are.")

    @Argument(help: "The setting's name.", completion: .settings)
    var name: String

    func run() async throws {
        try await Failure.reporting {
            // A name that is none is taken out, too, where it has strayed into the file.
            if try UserSettings.file().remove(name) { return }
            let setting = try Usage.checked { try Setting.named(name) }
            if try !UserSettings.file().remove(setting.name) {
                Output.note("\(setting.name) is not in the file of settings.")
            }
        }
    }
}

/// What the command line says wrongly about settings is wrong usage, not a wrong setting.
private enum Usage {
    static func checked<Value>(_ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let error as SettingsError {
            throw ValidationError("\(error)")
        }
    }
}

extension CompletionKind {
    /// The names of settings.
    fileprivate static var settings: CompletionKind { .list(Setting.all.map(\.name)) }
}
