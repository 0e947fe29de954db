import ArgumentParser
import Foundation

/// The program's commands and their options, as the argument parser describes them.
struct CommandTree: Decodable {
    struct Command: Decodable {
        let commandName: String
        let shouldDisplay: Bool?
        let abstract: String?
        let discussion: String?
        let subcommands: [Command]?
        let arguments: [Argument]?

        /// The commands below it that `--help` lists.
        var shownSubcommands: [Command] {
            (subcommands ?? []).filter { $0.shouldDisplay != false && $0.commandName != "help" }
        }

        /// The arguments that `--help` lists, but for `--help` and `--version` themselves.
        var shownArguments: [Argument] {
            (arguments ?? []).filter { argument in
                argument.shouldDisplay
                    && argument.names?.contains { ["help", "version"].contains($0.name) } != true
            }
        }
    }

    struct Argument: Decodable {
        enum Kind: String, Decodable {
            case positional
            case option
            case flag
        }

        struct Name: Decodable {
            let kind: String
            let name: String

            /// The name with its dashes.
            var text: String { (kind == "long" ? "--" : "-") + name }
        }

        let kind: Kind
        let shouldDisplay: Bool
        let isOptional: Bool
        let isRepeating: Bool
        let names: [Name]?
        let valueName: String?
        let defaultValue: String?
        let abstract: String?
    }

    let command: Command

    /// The tree of this program.
    static func ofProgram() throws -> CommandTree {
        try JSONDecoder().decode(CommandTree.self, from: Data(Fathom._dumpHelp().utf8))
    }
}
