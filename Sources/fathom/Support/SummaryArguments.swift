import ArgumentParser

/// Whether programs are told what replies cost.
struct SummaryArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Append what each reply cost to this file, one JSON object a line.", valueName: "file"),
        completion: .file())
    var summary: String?

    /// The file asked for, ready to be written; nil where none is.
    func open() throws(Failure) -> SummaryFile? {
        guard let summary else { return nil }
        return try SummaryFile(summary)
    }
}
