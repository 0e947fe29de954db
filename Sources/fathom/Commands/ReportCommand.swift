import ArgumentParser
import DepthFigures
import Foundation
import MoDModel
import Settings

struct ReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract:
            "Write a page about how deep a text goes: map, shares, logit lens, entropy, token classes, speed.",
        discussion: "The page, HTML, needs nothing but itself: no scripts, no other files.")

    @Argument(help: "A text file, UTF-8; “-” reads standard input.", completion: .file())
    var text: String

    @Option(
        name: .shortAndLong, help: ArgumentHelp("The page to write, an .html file.", valueName: "file"),
        completion: .file(extensions: ["html"]))
    var output: String

    @OptionGroup var model: ModelOptions
    @OptionGroup var routing: PolicyArguments

    @Option(name: .shortAndLong, help: ArgumentHelp(.capacity))
    var capacity: Capacity?

    @Option(help: "Colours that all eyes tell apart: viridis, cividis or grey.")
    var palette: Palette = .viridis

    func validate() throws {
        guard ["html", "htm"].contains(URL(filePath: output).pathExtension.lowercased()) else {
            throw ValidationError("--output is \(output); give a name that ends in .html.")
        }
    }

    func run() async throws {
        try await Failure.reporting([.threads, .context]) {
            let settings = try UserSettings.load()
            let file = try OutputFile(output)
            let words = try TextInput.read(text)
            let (model, tokenizer) = try self.model.open(settings)
            let reader = TextReader(
                model: model, tokenizer: tokenizer, options: self.model, settings: settings,
                capacity: capacity ?? settings.capacity ?? model.configuration.routing.defaultCapacity,
                policy: try routing.policy(for: model.description, settings))
            let session = try reader.session()
            let tokens = try TextInput.tokens(of: words, tokenizer, limit: session.contextLength)
            let (measured, speed) = try measure(tokens, reader, session)
            var trace = measured
            try await reader.addLens(to: &trace, by: reader.engine())
            try file.write(
                DepthReport.file(
                    trace, title: text == "-" ? "standard input" : URL(filePath: text).lastPathComponent,
                    thresholds: model.thresholds, speed: speed, date: Self.today, palette: palette))
        }
    }

    /// Reads the text, and times it: chunk by chunk, then its last tokens one by one.
    private func measure(
        _ tokens: [Int32], _ reader: TextReader, _ session: ModelSession
    ) throws(ModelError) -> (DepthTrace, DepthReport.Speed) {
        let clock = ContinuousClock()
        // What is read for the first time comes from the disk.
        try session.forward(tokens.prefix(session.chunkLength), logits: .last)
        let start = clock.now
        let trace = try reader.read(tokens, in: session)
        let prefill = Double(tokens.count) / (start.duration(to: clock.now) / .seconds(1))
        let alone = min(Self.decodedTokens, tokens.count / 2)
        session.truncate(to: tokens.count - alone)
        let middle = clock.now
        for token in tokens.suffix(alone) { try session.forward([token], logits: .last) }
        let seconds = middle.duration(to: clock.now) / .seconds(1)
        let speed = DepthReport.Speed(
            prefill: prefill, decode: alone >= Self.leastDecoded ? Double(alone) / seconds : nil,
            threads: session.threadCount, kernels: session.kernelName)
        return (trace, speed)
    }

    /// Tokens that are timed one by one, and how many it takes to tell a speed.
    private static let (decodedTokens, leastDecoded) = (128, 8)

    private static var today: String {
        Date.now.formatted(.iso8601.year().month().day())
    }
}
