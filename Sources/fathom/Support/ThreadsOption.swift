import ArgumentParser
import Settings

/// How many compute threads, of every command that runs a model.
struct ThreadsOption: ParsableArguments {
    @Option(name: .shortAndLong, help: ArgumentHelp(.threads))
    var threads: Int?

    func validate() throws {
        try Setting.threads.check(threads)
    }

    /// The threads asked for, by the option or else by the setting; nil for the usual number.
    func count(_ settings: Settings) -> Int? {
        threads ?? settings.integer(.threads)
    }
}
