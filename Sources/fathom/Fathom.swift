import ArgumentParser

@main
struct Fathom: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fathom",
        abstract: "Chat in the terminal with a Mixture-of-Depths language model on your own CPU.",
        discussion: """
            A Mixture-of-Depths model decides for every token how deep it goes through each of its blocks. fathom \
            shows those decisions as they are made, and lets you turn the capacity – the share of the blocks' work \
            that a token uses – while the model talks.

            Exit codes: 0 done; 64 wrong usage; 65 no usable input text; 66 no usable model; \
            69 no usable terminal; 70 internal failure; 73 cannot write a file; 74 the conversation store is \
            unusable.
            """,
        version: "0.1.0",
        subcommands: [
            ChatCommand.self, RunCommand.self, HistoryCommand.self, InspectCommand.self, BenchCommand.self,
            EvalCommand.self, HeatmapCommand.self, ReportCommand.self, ConvertCommand.self,
            CalibrateCommand.self,
        ],
        defaultSubcommand: ChatCommand.self)

    static func main() async {
        Crashes.endAtOnce()
        Crashes.explainTruncation()
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            if CommandLine.arguments.dropFirst().first == "run",
                fullMessage(for: error).contains("Unknown option")
            {
                Output.note("A prompt that begins with a dash goes after “--”: fathom run -- \"-1 + 2?\"")
            }
            exit(withError: error)
        }
    }
}
