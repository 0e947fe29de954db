import ArgumentParser

@main
struct Fathom: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fathom",
        abstract: "Chat in the terminal with a Mixture-of-Depths language model on your own CPU."
    )
}
