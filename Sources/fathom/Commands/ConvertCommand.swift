import ArgumentParser
import Foundation
import GGUF
import InferenceEngine
import MoDModel
import ModelWorkshop
import Settings
import Tokenization

struct ConvertCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "convert",
        abstract: "Make an int8 Mixture-of-Depths model from a dense GGUF.",
        discussion: """
            Weights become int8. Chats to fit to come with fathom; a model that their replies surprise answers the \
            requests in them itself. What comes beside them is fitted without training, in minutes. Depth routers learn to \
            predict, from a token's residual, how far a block would turn it. Something small stands in for a block \
            that a token bypasses: the map of low rank that is nearest to what the block does to such tokens; routers \
            then predict what that leaves. What bypassing costs is measured block by block, in texts whose tokens \
            bypass random blocks, and counted by the routers. The hidden units of each MLP are sorted by what they \
            add, for a thin path through the first half of them. Each of these is kept where the model is nearer the \
            dense one with it than without, at the same capacity, on chats that nothing was fitted to. Thresholds are \
            then calibrated on the int8 engine.

            With --tune, routers are improved before that, for so many minutes: each block's thresholds are moved at \
            random in each text, once one way and once the other. What predictions lose tells what the blocks were worth \
            to the tokens that they took in one run only, and routers are corrected by that. The new ones are kept where \
            the model is nearer the dense one with them, on the chats that nothing was fitted to.

            With --experts, each MLP is split into experts first (MoDE): hidden units that add about as much and fire \
            together become an expert, and a gate is fitted that predicts from a token's residual how much each would \
            add. A token goes through --top of them, in the blocks that the depth routers let it into. With \
            --integrated there are no depth routers, but a no-op among the experts: a token goes through those that \
            are predicted to add more than the block's limit, --top on average, and past the MLP where there is none.

            An interrupted conversion leaves nothing behind, or, with --resume, what it has found so far, in a small \
            file beside the output; with --resume it goes on from there.
            """)

    @Argument(help: "The dense model: F32, F16, BF16, Q8_0, Q4_0, Q4_1, Q5 or a K-quant.", completion: .model)
    var dense: String

    @Option(
        name: .shortAndLong,
        help:
            "Where to write; a model over 50 MB is split into shards beside it, if no tensor alone takes more.",
        completion: .model)
    var output: String

    @Option(help: "The model's name. [default: the dense model's]")
    var name: String?

    @Option(help: "The capacity a chat starts with, 0…1.")
    var defaultCapacity = Capacity.dense

    @Option(
        help: """
            Chats to fit to, one JSON object a line. [default: those that come with fathom, or the model's own replies \
            to their requests]
            """,
        completion: .chats)
    var text: String?

    @Option(help: "Tune the depth routers for so many minutes, up to 1440.")
    var tune: Double?

    @Option(help: "Split each MLP into so many experts.")
    var experts: Int?

    @Option(help: "How many experts a token goes through. Needs --experts.")
    var top: Int?

    @Flag(help: "A no-op among the experts, in place of depth routers. Needs --experts.")
    var integrated = false

    @Flag(
        help:
            "Keep what is found in OUTPUT.unfinished, and replies in OUTPUT.unfinished.chats, until all is done, and go on from there."
    )
    var resume = false

    @OptionGroup var threads: ThreadsOption

    /// The longest tuning, in minutes: a day.
    private static let mostMinutes = 1440.0

    func validate() throws {
        guard (experts == nil) == (top == nil) else {
            throw ValidationError("--experts and --top go together: give both, such as --experts 8 --top 3.")
        }
        guard !integrated || experts != nil else {
            throw ValidationError("--integrated needs --experts and --top.")
        }
        if let tune {
            guard tune > 0, tune <= Self.mostMinutes else {
                throw ValidationError(
                    "--tune takes a number of minutes above 0 and up to \(Int(Self.mostMinutes)), such as --tune 5."
                )
            }
            guard !integrated else {
                throw ValidationError(
                    "--tune is for depth routers, which --integrated does without; leave one out.")
            }
        }
        guard !(integrated && resume) else {
            throw ValidationError(
                "--resume is for depth routers, which --integrated does without; leave one out.")
        }
    }

    func run() async throws {
        try await Failure.reporting(.threads) {
            let threads = threads.count(try UserSettings.load())
            UnfinishedFiles.removeAtSignals()
            try GGUFWriter.checkWritable(at: output)
            let (model, tokenizer) = try ModelOptions.open(dense)
            let corpus = try await corpus(for: model, tokenizer, threads)
            let paths = try converted(model, corpus, threads: threads)
            Output.progress("")
            if resume { try? FileManager.default.removeItem(atPath: chatsPath) }
            for path in paths { try Output.printData(path) }
        }
    }

    private func converted(_ dense: MoDModel, _ corpus: ChatCorpus, threads: Int?) throws -> [String] {
        let shardLimit = ModelFiles.shardLimit(for: dense)
        guard let experts, let top else {
            return try routed(dense, corpus, threads: threads, shardLimit: shardLimit)
        }
        let split = try ExpertSplit(
            dense: dense, count: experts, used: top, isIntegrated: integrated, corpus: corpus,
            threads: threads)
        guard integrated else {
            let mixed = try split.model(beside: output, progress: Self.show)
            return try routed(mixed, corpus, threads: threads, shardLimit: shardLimit)
        }
        return try split.write(to: output, name: name, shardLimit: shardLimit, progress: Self.show)
    }

    private func routed(
        _ model: MoDModel, _ corpus: ChatCorpus, threads: Int?, shardLimit: Int?
    ) throws -> [String] {
        let converter = try ModelConverter(
            dense: model, corpus: corpus, threads: threads, tuningSeconds: tune.map { 60 * $0 })
        return try converter.write(
            to: output, name: name, defaultCapacity: defaultCapacity, shardLimit: shardLimit,
            keepsState: resume
        ) { stage in
            switch stage {
            case .fittingRouters(let share):
                Output.progress("Fitting routers … \(Int(share * 100)) %")
            case .fittingStandIns(let share):
                Output.progress("Fitting stand-ins for bypassed blocks … \(Int(share * 100)) %")
            case .triedStandIns(let trial):
                Output.progress("")
                Output.note(Self.sentence("What stands in for bypassed blocks", trial))
            case .measuringCosts(let share):
                Output.progress("Measuring what bypassing costs … \(Int(share * 100)) %")
            case .triedCosts(let trial):
                Output.progress("")
                Output.note(Self.sentence("Counting what each block's bypassing costs", trial))
            case .tryingThinPath: Output.progress("Trying a thin path …")
            case .triedThinPath(let trial):
                Output.progress("")
                Output.note(Self.sentence(about: trial))
            case .tuning(let share): Output.progress("Tuning routers … \(Int(share * 100)) %")
            case .triedTuning(let trial):
                Output.progress("")
                Output.note(Self.sentence(about: trial))
            case .calibrating(let share):
                Output.progress("Calibrating thresholds … \(Int(share * 100)) %")
            case .writing: Output.progress("Writing …")
            }
        }
    }

    private static func show(_ stage: ExpertSplit.Stage) {
        switch stage {
        case .clustering: Output.progress("Parting hidden units into experts …")
        case .fittingGates: Output.progress("Fitting gates …")
        case .placingNoOp: Output.progress("Placing the no-op …")
        case .writing: Output.progress("Writing …")
        }
    }

    /// Where the model's own replies are kept until all is done.
    private var chatsPath: String { ModelConverter.statePath(for: output) + ".chats" }

    /// What to fit to: the chats given, else those that come with fathom, with the model's own replies where theirs
    /// surprise it.
    private func corpus(
        for model: MoDModel, _ tokenizer: Tokenizer, _ threads: Int?
    ) async throws -> ChatCorpus {
        let path = try ModelLocator.calibrationChats(text)
        let template = try ChatTemplate(tokenizer)
        let corpus = try ChatCorpus(
            path: path, template: template, maximumLength: ModelConverter.longestChat,
            maximumTokens: ModelConverter.corpusTokens)
        guard text == nil, try !OwnChats.areFamiliar(corpus, to: model, threads: threads) else {
            return corpus
        }
        Output.note(
            "The replies in the chats that come with fathom surprise the model; it answers the requests itself."
        )
        var own = OwnChats(model: model, requests: try ChatCorpus.requests(in: path))
        if resume { try own.resume(from: chatsPath) }
        let session = try ModelSession(
            model: model, contextLength: 2 * ModelConverter.longestChat, threadCount: threads)
        let engine = try InferenceEngine(session: session, tokenizer: tokenizer)
        while let share = try await own.writeNext(with: engine, limit: ModelConverter.corpusTokens) {
            if resume { try own.keep(at: chatsPath) }
            Output.progress("Writing replies to fit to … \(Int(share * 100)) %")
        }
        return ChatCorpus(
            conversations: own.chats, template: template, maximumLength: ModelConverter.longestChat,
            name: "What the model writes")
    }

    /// What was measured of a part, and what comes of it.
    private static func sentence(_ part: String, _ trial: Trial) -> String {
        let verdict = trial.isWorthwhile ? "The model gets it." : "The model goes without."
        return """
            \(part): at capacity \(Trial.capacity), on \(trial.tokens) tokens of replies, \
            \(trial.divergence.formatted(decimals: 3)) nats a token from the dense model with it, \
            \(trial.divergenceWithout.formatted(decimals: 3)) without. \(verdict)
            """
    }

    /// What was measured, and what comes of it.
    private static func sentence(about trial: TuningTrial) -> String {
        let verdict = trial.isWorthwhile ? "The model gets the tuned ones." : "The model keeps those it had."
        let pairs = zip(TuningTrial.capacities, zip(trial.divergences, trial.divergencesBefore))
        let figures = pairs.map { capacity, nats in
            "at capacity \(capacity) \(nats.0.formatted(decimals: 3)) nats a token from the dense model with tuned routers, \(nats.1.formatted(decimals: 3)) before"
        }
        return """
            Tuning: on \(trial.tokens) tokens of replies, \(figures.joined(separator: "; ")). \(verdict)
            """
    }

    /// What was measured, and what comes of it.
    private static func sentence(about trial: ThinPathTrial) -> String {
        let verdict = trial.isWorthwhile ? "The model gets it." : "The model gets none."
        return """
            A thin path through \(trial.length) of \(trial.feedForwardLength) rows of the MLP: at capacity \
            \(ThinPathTrial.capacity), on \(trial.tokens) tokens of replies, \
            \(trial.divergence.formatted(decimals: 3)) nats a token from the dense model with it, \
            \(trial.divergenceWithout.formatted(decimals: 3)) without. \(verdict)
            """
    }
}
