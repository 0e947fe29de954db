import ArgumentParser
import Foundation
import TerminalKit

@main
enum Program {
    /// Checks what there must be before the language's runtime starts threads, then runs the command.
    static func main() {
        StandardDescriptors.occupy()
        Crashes.endAtOnce()
        Crashes.explainTruncation()
        do throws(Failure) {
            try SystemLimits.check()
        } catch {
            Output.note("fathom: \(error)")
            exit(error.kind.rawValue)
        }
        Task { @MainActor in
            await Fathom.main()
            exit(EXIT_SUCCESS)
        }
        dispatchMain()
    }
}

struct Fathom: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fathom",
        abstract: "Chat in the terminal with a Mixture-of-Depths language model on your own CPU.",
        discussion: """
            A Mixture-of-Depths model decides for every token how deep it goes through each of its blocks. fathom \
            shows those decisions as they are made, and lets you turn the capacity – the share of the blocks' work \
            that a token uses – while the model talks.

            Exit codes: \(Failure.exitCodes.map { "\($0.code) \($0.meaning)" }.joined(separator: "; ")).
            """,
        version: "0.1.0",
        subcommands: [
            ChatCommand.self, RunCommand.self, HistoryCommand.self, ExportCommand.self,
            ImportCommand.self, ModelsCommand.self, InspectCommand.self, HeatmapCommand.self,
            ReportCommand.self,
            BenchCommand.self, EvalCommand.self, ConvertCommand.self, CalibrateCommand.self,
            ConfigCommand.self, ManualCommand.self,
        ],
        defaultSubcommand: ChatCommand.self)

    static func main() async {
        let given = CommandLine.arguments.dropFirst()
        if given.first == "run", let prompt = PromptParts.mistakenForFlags(in: given.dropFirst()) {
            end(with: ValidationError(dashHint(prompt, to: "run")))
        }
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            let arguments = CommandLine.arguments.dropFirst()
            if let command = arguments.first, ["run", "heatmap"].contains(command),
                ["nknown option", "Missing expected argument '<text>"].contains(
                    where: fullMessage(for: error).contains),
                let text = PromptParts.mistakenForOption(in: arguments.dropFirst())
            {
                Output.note(dashHint(text, to: command))
            }
            end(with: error)
        }
    }

    /// Ends the program as the argument parser does, but with nothing in what it says that a terminal would obey: it
    /// repeats arguments, which may be names of files.
    private static func end(with error: any Error) -> Never {
        let code = exitCode(for: error)
        let text = TextSanitizer.sanitized(fullMessage(for: error))
        if !text.isEmpty {
            if code == .success { print(text) } else { Output.note(text) }
        }
        Foundation.exit(code.rawValue)
    }

    private static func dashHint(_ text: String, to command: String) -> String {
        let quoted = "'" + text.replacingOccurrences(of: "'", with: #"'\''"#) + "'"
        return "A text that begins with a dash goes after “--”: fathom \(command) -- \(quoted)"
    }
}
