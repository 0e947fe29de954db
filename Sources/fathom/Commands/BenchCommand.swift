import ArgumentParser
import Foundation
import MoDModel
import ModelWorkshop
import Tokenization

struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure prefill and decode speed at several capacities, beside what memory allows.")

    @OptionGroup var options: ModelOptions

    @Option(
        name: .customLong("capacities"), parsing: .upToNextOption,
        help: "The capacities to measure, 0…1. [default: 1 0.75 0.5 0.25]")
    var chosen: [Capacity] = []

    @Option(help: "Tokens to prefill.")
    var prompt = 512

    @Option(help: "Tokens to decode.")
    var generate = 64

    @Option(help: "Runs of each; the median counts.")
    var repeats = 5

    private static let usual = [1, 0.75, 0.5, 0.25].compactMap(Capacity.init)

    func validate() throws {
        guard prompt >= 1, generate >= 1, repeats >= 1 else {
            throw ValidationError("--prompt, --generate and --repeats must be at least 1.")
        }
    }

    func run() async throws {
        try await Failure.reporting {
            let (model, tokenizer) = try options.open()
            let session = try options.session(model)
            guard prompt + generate <= session.contextLength else {
                throw Failure(
                    .inputText,
                    "--prompt and --generate together exceed the context of \(session.contextLength).")
            }
            let tokens = try sample(tokenizer, count: prompt + generate)
            let dense = model.description.routedBlocks.isEmpty
            let capacities = dense ? [.dense] : chosen.isEmpty ? Self.usual : chosen
            let runs = SpeedRuns(session: session, tokens: tokens, prompt: prompt)
            // Round after round over all capacities: a machine that slows down slows all of them.
            var results = capacities.map { SpeedRuns.Result(capacity: $0) }
            for _ in 0..<repeats {
                for index in results.indices {
                    try runs.measure(into: &results[index])
                }
            }
            try report(
                results, session: session, bandwidth: MemoryBandwidth.measure(threads: session.threadCount))
        }
    }

    /// Real chat text, so that routing is what it is in use.
    private func sample(_ tokenizer: Tokenizer, count: Int) throws -> [Int32] {
        let corpus = try ChatCorpus(
            path: ModelLocator.calibrationChats(nil), template: ChatTemplate(tokenizer),
            maximumLength: count, maximumTokens: count)
        let tokens = corpus.sequences.flatMap { $0 }
        return (0..<count).map { tokens[$0 % tokens.count] }
    }

    private func report(_ results: [SpeedRuns.Result], session: ModelSession, bandwidth: Double) throws {
        try Output.print(
            "\(session.model.description.name), \(session.kernelName) kernels, \(session.threadCount) threads"
        )
        try Output.print(
            "memory reads at \((bandwidth / 1e9).formatted(decimals: 1)) GB/s with as many threads")
        try Output.print(
            "prefill of \(prompt) tokens, decode of \(generate) after them, median of \(repeats)")
        try Output.print("capacity  realised  prefill tok/s  decode tok/s  MB/token  GB/s read  of memory")
        for result in results {
            let rate = result.decodeRate * result.bytesPerToken
            let cells = [
                result.capacity.value.formatted(decimals: 4).paddedLeft(8),
                result.realisedCapacity.formatted(decimals: 4).paddedLeft(8),
                result.prefillRate.formatted(decimals: 1).paddedLeft(13),
                result.decodeRate.formatted(decimals: 1).paddedLeft(12),
                (result.bytesPerToken / 1e6).formatted(decimals: 1).paddedLeft(8),
                (rate / 1e9).formatted(decimals: 1).paddedLeft(9),
                (100 * rate / bandwidth).formatted(decimals: 0).paddedLeft(7) + " %",
            ]
            try Output.print(cells.joined(separator: "  "))
        }
    }
}
