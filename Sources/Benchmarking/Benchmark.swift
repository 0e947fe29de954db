public import Foundation
public import MoDModel
import ModelWorkshop
public import Tokenization

/// Measures a model's speed and memory, beside what the machine's memory allows and beside other programs.
///
///     let benchmark = try await Benchmark(of: model, tokenizer: tokenizer, options)
///     let report = try await benchmark.measure { round in … }
///
/// Not `Sendable`: it has one owner, and times what that one waits for.
public struct Benchmark {
    /// What is measured, and with what.
    public struct Options {
        /// The model's path, for further runs of this program.
        public var modelPath: String
        /// A file of chats, for text such as the model is used on; `ChatCorpus` says of what form.
        public var chatsPath: String
        /// This program.
        public var executable: URL
        /// Compute threads; nil for as many as a session takes by itself.
        public var threads: Int?
        /// The capacities of the first table; empty for the usual ones.
        public var capacities: [Capacity]
        /// Another program to run the same weights in.
        public var peer: PeerProgram?
        /// Whether one short round is enough.
        public var isQuick: Bool

        /// Chooses what is measured.
        public init(
            modelPath: String, chatsPath: String, executable: URL, threads: Int?, capacities: [Capacity],
            peer: PeerProgram?, isQuick: Bool
        ) {
            self.modelPath = modelPath
            self.chatsPath = chatsPath
            self.executable = executable
            self.threads = threads
            self.capacities = capacities
            self.peer = peer
            self.isQuick = isQuick
        }
    }

    let bed: BenchBed
    /// [capacities]: what a token reads at a capacity, for the table of speeds.
    let costs: [CapacityCost]
    let capacities: SideBySide<CapacitySpeed>
    let oneThreadBandwidth: SideBySide<Double>
    /// Nil where there is nothing to route.
    let steps: SideBySide<[Double]>?
    let comparisons: [Comparison]
    let peer: PeerComparison?
    let shortChat: ResidentMemoryRecord
    let longChat: SideBySide<ResidentMemory?>
    let firstToken: SideBySide<FirstToken>

    /// Makes everything ready, and runs the model once at each capacity.
    ///
    /// - Throws: `ModelError`, `WorkshopError`, `EngineError` or `TokenizerError` of the rooms that do the work,
    ///   `BenchmarkError` where another program fails.
    public init(of model: MoDModel, tokenizer: Tokenizer, _ options: Options) async throws {
        let session = try ModelSession(model: model, threadCount: options.threads)
        let plan = BenchPlan(isQuick: options.isQuick, contextLength: session.contextLength)
        let bed = BenchBed(
            plan: plan, tokens: try Self.text(options.chatsPath, tokenizer, count: plan.tokenCount),
            session: session, memory: try MemoryBandwidth())
        let program = try ThisProgram(
            executable: options.executable, model: options.modelPath, threads: session.threadCount)
        let isDense = model.description.routedBlocks.isEmpty
        let chosen =
            isDense ? [.dense] : options.capacities.isEmpty ? Self.usualCapacities : options.capacities
        let costs = try chosen.map { try CapacityCost(of: $0, on: bed) }
        self.bed = bed
        self.costs = costs
        capacities = SideBySide(costs.map { cost in { try CapacitySpeed(at: cost.capacity, on: bed) } })
        oneThreadBandwidth = SideBySide([{ try bed.memory.measure(threads: 1) }])
        steps = isDense ? nil : StepTimes.measurement(on: bed)
        let shortChat = ResidentMemoryRecord()
        self.shortChat = shortChat
        // The table of comparisons: each makes its lines of the report by itself.
        let comparisons: [Comparison?] = [
            try .depth(on: bed),
            try .threads(on: bed),
            try await .engine(on: bed, tokenizer: tokenizer),
            try .promptLookup(on: bed, tokenizer: tokenizer),
            .screen(on: bed, program: program, memory: shortChat),
        ]
        self.comparisons = comparisons.compactMap { $0 }
        peer = try options.peer.map { try PeerComparison($0, on: bed) }
        longChat = ResidentMemory.afterLongMessage(on: bed, program: program, tokenizer: tokenizer)
        firstToken = SideBySide([{ try FirstToken(of: program) }])
    }

    /// How many rounds there are.
    public var rounds: Int { bed.plan.rounds }

    /// Measures everything in every round.
    ///
    /// - Parameter begun: is told of each round, from 1 on, as it begins.
    /// - Throws: `ModelError` or `EngineError` of the rooms that do the work, `BenchmarkError` where another program
    ///   fails.
    public func measure(begun: (_ round: Int) -> Void) async throws -> BenchReport {
        let measured = measured
        let schedule = Schedule(rounds: rounds, entries: measured.map(\.entry))
        for (round, steps) in schedule.rounds.enumerated() {
            begun(round + 1)
            for step in steps { try await measured[step.entry].measure(side: step.side) }
        }
        return BenchReport(self)
    }

    /// All there is to measure, in the order of a round.
    private var measured: [any Measurable] {
        var all: [any Measurable] = [capacities, oneThreadBandwidth]
        if let steps { all.append(steps) }
        for comparison in comparisons { all.append(comparison.measurement) }
        if let peer { all.append(peer.comparison.measurement) }
        return all + [longChat, firstToken]
    }

    private static let usualCapacities = [1, 0.75, 0.5, 0.25].compactMap(Capacity.init)

    /// Real chat text, so that routing is what it is in use; from the front again where there is too little.
    private static func text(_ path: String, _ tokenizer: Tokenizer, count: Int) throws -> [Int32] {
        let corpus = try ChatCorpus(
            path: path, template: ChatTemplate(tokenizer), maximumLength: count, maximumTokens: count)
        let tokens = corpus.sequences.flatMap { $0 }
        return (0..<count).map { tokens[$0 % tokens.count] }
    }
}
