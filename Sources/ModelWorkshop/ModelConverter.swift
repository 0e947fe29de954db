import Foundation
public import MoDModel

/// Makes a routed model's file from a dense one's: int8 weights, fitted routers, stand-ins for bypassed blocks and a
/// thin path where these measure better, calibrated thresholds.
public struct ModelConverter {
    /// What is under way, for a progress line.
    public enum Stage: Sendable, Hashable {
        /// The dense model runs the corpus, and routers are fitted to what its blocks do; the share done, 0…1.
        case fittingRouters(Double)
        /// The dense model runs the corpus, and in turns stand-ins are fitted to what its blocks do, and routers to
        /// what the stand-ins leave; then the model is tried with both and without. The share done, 0…1.
        case fittingStandIns(Double)
        /// The model gets its stand-ins if that was worthwhile.
        case triedStandIns(Trial)
        /// What bypassing each block costs is measured; the share done, 0…1.
        case measuringCosts(Double)
        /// The routers count the costs if that was worthwhile.
        case triedCosts(Trial)
        /// The hidden units are ranked, and the model is tried with a thin path and without.
        case tryingThinPath
        /// The model gets its thin path if that was worthwhile.
        case triedThinPath(ThinPathTrial)
        /// The routers are tuned; the share of the time for it that is over, 0…1.
        case tuning(Double)
        /// The model gets the tuned routers if that was worthwhile.
        case triedTuning(TuningTrial)
        /// The thresholds are read off the int8 engine; the share done, 0…1.
        case calibrating(Double)
        /// The file is written.
        case writing
    }

    /// Positions that every block processes: the first tokens serve all later ones as attention sinks
    /// (arXiv 2309.17453).
    package static let anchorTokens = 4

    /// Blocks at either end that get no router: the first build the residual, the last turn it into a
    /// prediction.
    private static let fixedEnds = 2

    /// Tokens that routers and stand-ins are fitted to: several for each of a router's weights.
    private static let fitTokens = 10_000
    /// How often stand-ins are fitted to the tokens that routers send round blocks, and routers to what the stand-ins
    /// leave. Measured on SmolLM2-135M-Instruct: the second time takes a fifth off what 7/8 costs.
    private static let standInRounds = 2

    /// Tokens that thresholds are read off from, twice for each point of the grid; each gives a score a
    /// block.
    private static let thresholdTokens = 2000

    /// Part of the feed-forward in the thin path. Measured on SmolLM2-135M-Instruct at capacity 0.75, with the best mix
    /// of grades for each: 0.65 nats a token from the dense model with a quarter, 0.56 with a half, 0.57 with three
    /// quarters.
    private static let thinWidth = 0.5

    /// Tokens to which a chat is cut.
    public static let longestChat = 512

    /// Tokens of chat that a conversion uses, with what whole chats take more.
    public static let corpusTokens = fitTokens + thresholdTokens + 2 * longestChat

    private let dense: MoDModel
    private let parts: (routers: ChatCorpus, thresholds: ChatCorpus)
    private let threads: Int?
    /// Seconds to tune the routers for; nil: they are not tuned.
    private let tuningSeconds: Double?
    /// Tells seconds from any moment on.
    package var clock: () -> Double = { ProcessInfo.processInfo.systemUptime }

    /// Prepares a conversion.
    ///
    /// - Parameter tuningSeconds: how long to tune the routers for; nil: they are not tuned.
    /// - Throws: `WorkshopError.hasRouters`; `WorkshopError.unsuitable` when the model has too few blocks;
    ///   `WorkshopError.text` for a corpus whose texts are not longer than the anchors.
    public init(
        dense: MoDModel, corpus: ChatCorpus, threads: Int?, tuningSeconds: Double? = nil
    ) throws(WorkshopError) {
        guard dense.description.routedBlocks.isEmpty else {
            throw .hasRouters
        }
        guard dense.description.blockCount > 2 * Self.fixedEnds else {
            throw .unsuitable(
                "The model has only \(dense.description.blockCount) blocks, too few to bypass any.")
        }
        self.dense = dense
        parts = Self.parts(of: corpus)
        for part in [parts.routers, parts.thresholds] {
            try part.checkLength(anchors: Self.anchorTokens)
        }
        self.threads = threads
        self.tuningSeconds = tuningSeconds
    }

    /// Two texts, so that thresholds are not read off what the routers were fitted to, nor a thin path tried on what
    /// its hidden units were ranked by.
    public static func parts(of corpus: ChatCorpus) -> (routers: ChatCorpus, thresholds: ChatCorpus) {
        // Of a small corpus, too, something is left for the second; chats stay whole.
        let left = corpus.tokenCount - thresholdTokens - Self.longestChat
        let parts = corpus.parts(ofTokens: [min(fitTokens, max(left, thresholdTokens)), thresholdTokens])
        return (parts[0], parts[1])
    }

    /// Fits, calibrates and writes.
    ///
    /// - Parameters:
    ///   - path: where to write; a model larger than `shardLimit` is split beside it.
    ///   - name: the model's name, or nil to keep the dense one's.
    ///   - defaultCapacity: the capacity to start with.
    ///   - keepsState: keeps what is done in a small file beside `path` (`statePath`), until all is, and goes on from
    ///     it where it is there. The model is the same to the last bit.
    /// - Returns: the paths written, the one to open first.
    public func write(
        to path: String, name: String?, defaultCapacity: Capacity, shardLimit: Int?, keepsState: Bool = false,
        progress: (Stage) -> Void
    ) throws(WorkshopError) -> [String] {
        let blocks = Array(Self.fixedEnds..<dense.description.blockCount - Self.fixedEnds)
        let statePath = Self.statePath(for: path)
        let identity = ConversionState.identity(of: dense, [parts.routers, parts.thresholds])
        var state = ConversionState()
        if keepsState, FileManager.default.fileExists(atPath: statePath) {
            state = try ConversionState(
                path: statePath, identity: identity, shape: dense.configuration, blocks: blocks.count)
        }
        func keep(_ state: ConversionState) throws(WorkshopError) {
            if keepsState { try state.write(to: statePath, identity: identity) }
        }
        var file = try fitted(blocks, &state, beside: path, keep: keep, progress: progress)
        file.name = name
        file.defaultCapacity = defaultCapacity
        let whole = try decided(&file, &state, beside: path, keep: keep, progress: progress)
        let model = try tuned(whole, &file, &state, keep: keep, progress: progress)
        let done = state.calibration.columns.count
        progress(.calibrating(Double(max(done - 1, 0)) / Double(Capacity.steps)))
        let calibration = try ThresholdCalibration(model: model, corpus: parts.thresholds, threads: threads)
        file.table = try calibration.table(from: state.calibration) { (found, share) throws(WorkshopError) in
            state.calibration = found
            try keep(state)
            progress(.calibrating(share))
        }
        progress(.writing)
        let paths = try file.write(to: path, shardLimit: shardLimit)
        if keepsState { try? FileManager.default.removeItem(atPath: statePath) }
        return paths
    }

    /// Where a conversion to a path keeps what is done.
    public static func statePath(for path: String) -> String { path + ".unfinished" }

    /// The file to be, with its routers, the stand-ins that are worthwhile, and the thin path to try.
    private func fitted(
        _ blocks: [Int], _ state: inout ConversionState, beside path: String,
        keep: (ConversionState) throws(WorkshopError) -> Void,
        progress: (Stage) -> Void
    ) throws(WorkshopError) -> ModelFile {
        let routers: [Router]
        if let fitted = state.routers {
            routers = fitted
        } else {
            routers = try RouterFit(model: dense, blocks: blocks).fit(parts.routers, threads: threads) {
                progress(.fittingRouters($0))
            }
            state.routers = routers
            try keep(state)
        }
        var file = ModelFile(dense: dense, blocks: blocks, routers: routers, anchorTokens: Self.anchorTokens)
        try chooseStandIns(for: &file, &state, beside: path, keep: keep, progress: progress)
        try countCosts(in: &file, &state, beside: path, keep: keep, progress: progress)
        if state.thinPath == nil, state.isThin == nil {
            state.thinPath = try thinPath(through: blocks, corpus: parts.routers, progress: progress)
            if state.thinPath == nil { state.isThin = false }
            try keep(state)
        }
        if state.isThin != false { file.thinPath = state.thinPath }
        return file
    }

    /// Gives the file stand-ins, and routers that know of them, if these are worthwhile.
    private func chooseStandIns(
        for file: inout ModelFile, _ state: inout ConversionState, beside path: String,
        keep: (ConversionState) throws(WorkshopError) -> Void, progress: (Stage) -> Void
    ) throws(WorkshopError) {
        if state.standIns == nil {
            var routers = file.routers
            for round in 0..<Self.standInRounds {
                func note(_ share: Double) {
                    progress(.fittingStandIns((Double(round) + share) / Double(Self.standInRounds)))
                }
                // Of a round's time the routers take about a quarter.
                let standIns = try StandInFit(model: dense, blocks: file.blocks, routers: routers)
                    .fit(parts.routers, threads: threads) { note(0.75 * $0) }
                routers = try RouterFit(model: dense, blocks: file.blocks, standIns: standIns)
                    .fit(parts.routers, threads: threads) { note(0.75 + 0.25 * $0) }
                state.standIns = standIns
            }
            state.standInRouters = routers
            try keep(state)
        }
        var other = file
        other.standIns = state.standIns
        other.routers = state.standInRouters ?? file.routers
        if state.standsIn == nil {
            let trial = try Trial(
                with: draft(of: other, beside: path), without: draft(of: file, beside: path),
                corpus: parts.thresholds, threads: threads)
            progress(.triedStandIns(trial))
            state.standsIn = trial.isWorthwhile
            try keep(state)
        }
        if state.standsIn == true { file = other }
    }

    /// Lets routers predict what bypassing costs rather than how far it turns a residual, if that is worthwhile.
    private func countCosts(
        in file: inout ModelFile, _ state: inout ConversionState, beside path: String,
        keep: (ConversionState) throws(WorkshopError) -> Void, progress: (Stage) -> Void
    ) throws(WorkshopError) {
        let plain = state.countsCosts == nil ? try draft(of: file, beside: path) : nil
        if state.costs == nil, let plain {
            progress(.measuringCosts(0))
            state.costs = try BypassCosts(model: plain, corpus: parts.routers, threads: threads) {
                progress(.measuringCosts($0))
            }.factors
            try keep(state)
        }
        var other = file
        other.routers = zip(file.routers, state.costs ?? []).map { $0.raised(by: log($1)) }
        if let plain {
            let trial = try Trial(
                with: draft(of: other, beside: path), without: plain, corpus: parts.thresholds,
                threads: threads)
            progress(.triedCosts(trial))
            state.countsCosts = trial.isWorthwhile
            try keep(state)
        }
        if state.countsCosts == true { file = other }
    }

    /// The model to calibrate, which has the thin path if that is worthwhile. What is measured must come from the
    /// engine that will run the file, so a file without thresholds is written first, one without a name.
    private func decided(
        _ file: inout ModelFile, _ state: inout ConversionState, beside path: String,
        keep: (ConversionState) throws(WorkshopError) -> Void, progress: (Stage) -> Void
    ) throws(WorkshopError) -> MoDModel {
        let model = try draft(of: file, beside: path)
        guard state.isThin == nil else { return model }
        let trial = try ThinPathTrial(model: model, corpus: parts.thresholds, threads: threads)
        progress(.triedThinPath(trial))
        state.isThin = trial.isWorthwhile
        try keep(state)
        if trial.isWorthwhile { return model }
        file.thinPath = nil
        return try draft(of: file, beside: path)
    }

    /// The model with tuned routers, if these were asked for and are worthwhile.
    private func tuned(
        _ model: MoDModel, _ file: inout ModelFile, _ state: inout ConversionState,
        keep: (ConversionState) throws(WorkshopError) -> Void, progress: (Stage) -> Void
    ) throws(WorkshopError) -> MoDModel {
        if state.isTuned == nil, let tuningSeconds {
            // Those found without tuning are of other routers.
            state.calibration = ThresholdCalibration.State()
            let tuning = RouterTuning(model: model, corpus: parts.routers, threads: threads)
            progress(.tuning(min((state.tuning?.seconds ?? 0) / tuningSeconds, 1)))
            if state.tuning == nil { state.tuning = try tuning.begin(with: file.routers) }
            guard let begun = state.tuning else { return model }
            let found = try tuning.run(from: begun, seconds: tuningSeconds, clock: clock) {
                (step, share) throws(WorkshopError) in
                if let step {
                    state.tuning = step
                    try keep(state)
                }
                progress(.tuning(share))
            }
            let trial = try TuningTrial(
                tuned: model.withRouters(found.routers), before: model, corpus: parts.thresholds,
                threads: threads)
            progress(.triedTuning(trial))
            state.tuning = found
            state.isTuned = trial.isWorthwhile
            try keep(state)
        }
        guard state.isTuned == true, let routers = state.tuning?.routers else { return model }
        file.routers = routers
        return try model.withRouters(routers)
    }

    private func draft(of file: ModelFile, beside path: String) throws(WorkshopError) -> MoDModel {
        let draft = try file.draft(beside: path)
        return try WorkshopError.wrapping { () throws(ModelError) in try MoDModel(file: draft) }
    }

    /// Nil where the feed-forward is too short for one, or there are experts in its place.
    private func thinPath(
        through blocks: [Int], corpus: ChatCorpus, progress: (Stage) -> Void
    ) throws(WorkshopError) -> ModelFile.ThinPath? {
        // The engine reads the columns of `down` in groups of 32.
        let groups = Int(Self.thinWidth * Double(dense.configuration.feedForwardLength) / 32)
        guard groups > 0, dense.configuration.experts == nil else { return nil }
        progress(.tryingThinPath)
        let ranking = HiddenUnitRanking(model: dense, blocks: blocks)
        return ModelFile.ThinPath(
            length: groups * 32, orders: try ranking.orders(over: corpus, threads: threads))
    }
}
