import ArgumentParser
import Foundation
import MoDModel
import ModelWorkshop
import Settings
import Tokenization

struct EvalCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "eval",
        abstract:
            "Measure perplexity and realised capacity on a text, beside random routing at the same capacity.")

    @Argument(
        help:
            "A text file, UTF-8; or chats and texts, one JSON object a line in a file that ends in .jsonl. Of chats the replies count.",
        completion: .file()
    )
    var text: String

    @OptionGroup var options: ModelOptions

    @Option(
        name: .customLong("capacities"), parsing: .upToNextOption,
        help: "The capacities to measure, 0…1. [default: 1 0.9375 0.875 0.75 0.5 0.25]")
    var chosen: [Capacity] = []

    @Option(help: "Tokens in one window, at most the context; windows do not overlap.")
    var window = 512

    @Option(
        help: """
            How scores become routes: table takes the calibrated thresholds as they are, so that the table is what is \
            measured; held and budget as in a chat. [default: table]
            """)
    var policy: PolicyName?

    @Option(help: "Tokens in a window of --policy budget. [default: \(RoutingPolicy.defaultWindow)]")
    var budgetWindow: Int?

    @Flag(help: "Score every line on its own: one JSON object a line, in the order of the lines.")
    var lines = false

    @Option(help: "A dense model, GGUF, to give perplexities as multiples of.", completion: .model)
    var base: String?

    @Flag(
        help: """
            Also leave out whole blocks of the dense model for every token, with nothing in their place, at the same \
            weights read; finding which takes minutes.
            """)
    var removal = false

    @Option(help: "How scores are written: text, a table; json, one object a capacity.")
    var format = ReportFormat.text

    /// Tokens on which the order of removal is found: enough to tell blocks apart, few since they are run for every
    /// candidate anew.
    private static let removalTokens = 512

    private static let usual = [1, 0.9375, 0.875, 0.75, 0.5, 0.25].compactMap(Capacity.init)

    func validate() throws {
        guard window >= 2 else { throw ValidationError("--window is \(window); give at least 2 tokens.") }
        try PolicyName.check(policy, window: budgetWindow, option: "--budget-window")
        guard !lines || (base == nil && !removal && format == .text) else {
            throw ValidationError("--lines prints scores alone; leave out --base, --removal and --format.")
        }
        guard !lines || !isLinesOfJSON else {
            throw ValidationError("--lines scores lines of plain text; leave it out for .jsonl.")
        }
    }

    func run() async throws {
        try await Failure.reporting([.threads, .context]) {
            let settings = try UserSettings.load()
            let (model, tokenizer) = try options.open(settings)
            try PolicyName.check(policy, for: model.description)
            let scorer = TextScorer(session: try options.session(model, settings), window: window)
            let capacities =
                model.description.routedBlocks.isEmpty ? [.dense] : chosen.isEmpty ? Self.usual : chosen
            if lines {
                try scoreLines(read(), tokenizer, scorer, capacities)
            } else {
                try scoreWhole(model, tokenizer, scorer, capacities, settings)
            }
        }
    }

    private var routingPolicy: RoutingPolicy { (policy ?? .table).policy(window: budgetWindow) }

    private func read() throws -> String {
        guard let data = FileManager.default.contents(atPath: text) else {
            throw Failure(.inputText, "\(text) cannot be read.")
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw Failure(.inputText, "\(text) is not UTF-8. Convert it first, for example with iconv.")
        }
        return text
    }

    private var isLinesOfJSON: Bool { text.hasSuffix(".jsonl") }

    /// The texts that are scored, and a title that tells what they are.
    private func texts(
        _ tokenizer: Tokenizer, _ scorer: TextScorer
    ) throws -> ([ScoredText], title: String) {
        let window = scorer.window
        guard isLinesOfJSON else {
            let tokens = tokenizer.encode(try read())
            guard tokens.count > 1 else { throw Failure(.inputText, "\(text) has fewer than two tokens.") }
            return ([ScoredText(tokens)], "\(tokens.count) tokens in windows of \(window)")
        }
        let chats = try ChatCorpus(
            path: text, template: ChatTemplate(tokenizer), maximumLength: window, maximumTokens: .max
        ).chats
        let predicted = scorer.predictionCount(of: chats)
        guard predicted > 0 else {
            throw Failure(
                .inputText,
                "\(text) has no replies, nor anything else to predict, in the first \(window) tokens of a chat or text."
            )
        }
        return (chats, "\(predicted) tokens that count, in \(chats.count) chats or texts of up to \(window)")
    }

    private func scoreWhole(
        _ model: MoDModel, _ tokenizer: Tokenizer, _ scorer: TextScorer, _ capacities: [Capacity],
        _ settings: Settings
    ) throws {
        let (texts, title) = try texts(tokenizer, scorer)
        var comparison = CapacityComparison(scorer: scorer, texts: texts, policy: routingPolicy)
        comparison.base = try base.map { try basePerplexity($0, texts, window: scorer.window, settings) }
        if removal { comparison.removal = try findRemoval(model, tokenizer, settings) }
        let table = EvalTable(comparison: comparison, format: format)
        try table.printHead("\(title), policy \((policy ?? .table).rawValue)")
        for capacity in capacities {
            try table.printRow(comparison.row(at: capacity))
        }
    }

    private func basePerplexity(_ path: String, _ texts: [ScoredText], window: Int, _ settings: Settings)
        throws -> Double
    {
        let (model, _) = try ModelOptions.open(path)
        let scorer = TextScorer(session: try options.session(model, settings), window: window)
        return try scorer.score(texts, capacity: .dense).perplexity
    }

    /// The order in which to remove blocks, found on the chats that come with fathom, not on the text that is scored.
    private func findRemoval(
        _ model: MoDModel, _ tokenizer: Tokenizer, _ settings: Settings
    ) throws -> BlockRemoval? {
        guard !model.description.routedBlocks.isEmpty else { return nil }
        let corpus = try ChatCorpus(
            path: ModelLocator.calibrationChats(nil), template: ChatTemplate(tokenizer),
            maximumLength: window, maximumTokens: Self.removalTokens)
        let text = Array(corpus.sequences.joined().prefix(Self.removalTokens))
        defer { Output.progress("") }
        let session = try options.session(model.withoutStandIns, settings)
        return try BlockRemoval(session: session, window: window, text: text) { share in
            Output.progress("Looking for the blocks to leave out … \(Int(share * 100)) %")
        }
    }

    /// One line's score at one capacity, as `--lines` prints it.
    private struct LineScore: Encodable {
        let line: Int
        let capacity: Double
        let tokens: Int
        let nll: Double
        let realised: Double
    }

    /// Scores each line as a text of its own: it begins the context, after the token that opens a text, so that its
    /// first token is predicted, too.
    private func scoreLines(
        _ text: String, _ tokenizer: Tokenizer, _ scorer: TextScorer, _ capacities: [Capacity]
    ) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        let start = tokenizer.startOfText ?? 0
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
            .enumerated()
        {
            if line.isEmpty { continue }
            let tokens = [start] + tokenizer.encode(String(line))
            for capacity in capacities {
                let score = try scorer.score(tokens, capacity: capacity, policy: routingPolicy)
                let row = LineScore(
                    line: index + 1, capacity: capacity.value, tokens: score.tokens,
                    nll: score.negativeLogLikelihood, realised: score.realisedCapacity)
                try Output.printData(String(decoding: try encoder.encode(row), as: UTF8.self))
            }
        }
    }
}
