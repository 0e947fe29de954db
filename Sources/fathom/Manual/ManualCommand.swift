import ArgumentParser

struct ManualCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "manual",
        abstract: "Print the manual page, for man(1).",
        shouldDisplay: false)

    func run() async throws {
        try await Failure.reporting {
            try Output.write(try ManualPage(CommandTree.ofProgram()).text)
        }
    }
}
