import ArgumentParser
import Benchmarking
import Foundation
import MoDModel
import Settings

struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure speed and memory, beside what this machine's memory allows and beside llama.cpp.",
        discussion: """
            Every round measures every row once, so that a machine that slows down slows all of them; medians count, \
            and of a pair the median of the rounds' ratios. The roofline is what memory gives to the best reader \
            there is (measured before every decode) ÷ the bytes of weights, keys and values that a token must read. \
            Single tokens are timed at capacity 0.5, under each policy.

            Some rows start fathom anew: the first token of a short prompt, and a chat in a pseudo-terminal.
            """)

    @Option(name: .shortAndLong, help: ArgumentHelp(.model), completion: .model)
    var model: String?

    @OptionGroup var threads: ThreadsOption

    @Option(
        name: .customLong("capacities"), parsing: .upToNextOption,
        help: "The capacities to measure, 0…1. [default: 1 0.75 0.5 0.25]")
    var chosen: [Capacity] = []

    @Option(
        help: ArgumentHelp(
            "Measure the same weights in llama.cpp, in turns: its llama-bench, or a python that has llama_cpp.",
            valueName: "program"),
        completion: .file())
    var peer: String?

    @Flag(help: "One short round.")
    var quick = false

    @Option(help: "How the report is written: text, a table; json, one object.")
    var format = ReportFormat.text

    func validate() throws {
        if let peer, PeerProgram(peer) == nil {
            throw ValidationError("--peer is \(peer), which is no program that can be run.")
        }
    }

    func run() async throws {
        try await Failure.reporting(.threads) {
            let settings = try UserSettings.load()
            let path = try ModelLocator.model(model, settings)
            let (model, tokenizer) = try ModelOptions.open(path)
            let options = Benchmark.Options(
                modelPath: path, chatsPath: try ModelLocator.calibrationChats(nil),
                executable: ModelLocator.program, threads: threads.count(settings),
                capacities: chosen,
                peer: peer.flatMap(PeerProgram.init), isQuick: quick)
            Output.progress("Getting ready …")
            let benchmark = try await Benchmark(of: model, tokenizer: tokenizer, options)
            let report = try await benchmark.measure { round in
                Output.progress("Round \(round) of \(benchmark.rounds) …")
            }
            Output.progress("")
            try print(report)
        }
    }

    private func print(_ report: BenchReport) throws {
        guard format == .json else {
            for line in report.text { try Output.print(line) }
            return
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try Output.printData(String(decoding: try encoder.encode(report), as: UTF8.self))
    }
}
