import ArgumentParser
import ChatInterface
import Settings

/// The manual page fathom(1), in the macros of man(7): made of the same tables as `--help`, the chat's help and
/// `fathom config`, so that none can be forgotten.
struct ManualPage {
    private let program: CommandTree.Command

    init(_ tree: CommandTree) {
        program = tree.command
    }

    /// The page.
    var text: String {
        var page = Roff(title: "fathom", section: 1, source: "fathom \(Fathom.configuration.version)")
        page.section("Name")
        page.paragraph("fathom - \(sentence(program.abstract, capitalised: false))")
        page.section("Synopsis")
        for command in program.shownSubcommands { page.synopsis("fathom", usage(of: command)) }
        page.section("Description")
        for paragraph in (program.discussion ?? "").split(separator: "\n\n")
        where !paragraph.hasPrefix("Exit codes") {
            page.paragraph(String(paragraph))
        }
        page.section("Commands")
        for command in program.shownSubcommands { add(command, named: command.commandName, to: &page) }
        page.section("Keys")
        for row in KeyTables.keyRows {
            page.entry([row.keys + (row.place.isEmpty ? "" : " \(row.place)")], row.meaning)
        }
        page.section("Chat commands")
        for row in KeyTables.commandRows { page.entry([row.command], row.meaning) }
        page.section("Settings")
        page.paragraph(
            "The defaults of the options with their names; “fathom config” lists and changes them. Each is a line of the "
                + "file of settings, top_p = 0.9, or an environment variable, FATHOM_TOP_P=0.9.")
        for setting in Setting.all {
            page.entry(
                [setting.name],
                "\(setting.meaning): \(setting.allowed). The default is \(setting.defaultText).")
        }
        page.section("Environment")
        for (name, meaning) in Self.environment { page.entry([name], meaning) }
        page.section("Files")
        for (path, meaning) in Self.files { page.entry([path], meaning) }
        page.section("Exit status")
        for (code, meaning) in Failure.exitCodes {
            page.entry(["\(code)"], meaning.prefix(1).uppercased() + meaning.dropFirst() + ".")
        }
        return page.text
    }

    private func add(_ command: CommandTree.Command, named name: String, to page: inout Roff) {
        page.subsection("fathom " + name)
        page.paragraph(command.abstract ?? "")
        for paragraph in (command.discussion ?? "").split(separator: "\n\n") {
            page.paragraph(String(paragraph))
        }
        var arguments = command.shownArguments[...]
        while let argument = arguments.first {
            // A flag and its opposite are two to the parser, and one to people.
            let same = arguments.prefix { $0.kind == argument.kind && $0.abstract == argument.abstract }
            page.entry(same.flatMap(names(of:)), meaning(of: argument))
            arguments = arguments.dropFirst(same.count)
        }
        for subcommand in command.shownSubcommands {
            add(subcommand, named: name + " " + subcommand.commandName, to: &page)
        }
    }

    /// What stands behind the program's name: the command, its arguments, and that there are options.
    private func usage(of command: CommandTree.Command) -> String {
        let arguments = command.shownArguments
        let hasOptions = arguments.contains { $0.kind != .positional }
        let parts = arguments.filter { $0.kind == .positional }.map { argument in
            let name = (argument.valueName ?? "") + (argument.isRepeating ? " ..." : "")
            return argument.isOptional ? "[\(name)]" : name
        }
        let subcommands = command.shownSubcommands.map(\.commandName)
        let choice = subcommands.isEmpty ? [] : ["[\(subcommands.joined(separator: " | "))]"]
        return ([command.commandName] + (hasOptions ? ["[options]"] : []) + choice + parts)
            .joined(separator: " ")
    }

    private func names(of argument: CommandTree.Argument) -> [String] {
        guard argument.kind != .positional else { return [argument.valueName ?? ""] }
        let value = argument.kind == .option ? " " + (argument.valueName ?? "") : ""
        return (argument.names ?? []).map { $0.text + value }
    }

    private func meaning(of argument: CommandTree.Argument) -> String {
        let given = argument.defaultValue.map { " [default: \($0)]" } ?? ""
        return (argument.abstract ?? "") + given
    }

    /// A sentence without its full stop.
    private func sentence(_ text: String?, capitalised: Bool) -> String {
        let text = (text ?? "").hasSuffix(".") ? String((text ?? "").dropLast()) : text ?? ""
        return capitalised ? text : text.prefix(1).lowercased() + text.dropFirst()
    }

    private static let environment: [(String, String)] = [
        ("FATHOM_NAME", "The value of the setting of this name, for this run; see Settings."),
        ("FATHOM_MODEL", "Among these: the model, where --model is not given."),
        ("NO_COLOR", "Where this is not empty, the chat has no colours."),
        ("XDG_CONFIG_HOME, XDG_DATA_HOME, XDG_STATE_HOME", "Where the user's files are; see Files."),
        ("SWIFT_BACKTRACE", "Where this is set, a crash writes a report."),
    ]

    private static let files: [(String, String)] = [
        ("$XDG_CONFIG_HOME/fathom/config.toml", "The settings; ~/.config where the variable is not set."),
        (
            "$XDG_DATA_HOME/fathom/conversations.sqlite",
            "The conversations; ~/.local/share where the variable is not set."
        ),
        ("$XDG_DATA_HOME/fathom/models", "Models of the user's own."),
        (
            "$XDG_STATE_HOME/fathom/fathom.log",
            "The log, which holds no messages; ~/.local/state where the variable is not set."
        ),
        ("../share/fathom/models, from the program", "The model that comes with fathom."),
    ]
}
