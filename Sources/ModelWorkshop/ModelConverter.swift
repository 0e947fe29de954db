import Foundation
public import MoDModel

/// Makes a `mod-llama` file from a dense one: int8 weights, fitted routers, a thin path where that measures better,
/// calibrated thresholds.
public struct ModelConverter {
    /// What is under way, for a progress line.
    public enum Stage: Sendable, Hashable {
        /// The dense model runs the corpus, and routers are fitted to what its blocks do.
        case fittingRouters
        /// The hidden units are ranked, and the model is tried with a thin path and without.
        case tryingThinPath
        /// The model gets its thin path if that was worthwhile.
        case triedThinPath(ThinPathTrial)
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

    /// Tokens that routers are fitted to: several for each of a router's weights.
    private static let fitTokens = 6000
    /// Tokens that thresholds are read off from, twice for each point of the grid; each gives a score a
    /// block.
    private static let thresholdTokens = 2000

    /// Part of the feed-forward in the thin path. Measured on SmolLM2-135M-Instruct at capacity 0.75, with the best mix
    /// of grades for each: 0.65 nats a token from the dense model with a quarter, 0.56 with a half, 0.57 with three
    /// quarters.
    private static let thinWidth = 0.5

    /// Tokens of chat that a conversion uses, with what whole chats take more.
    public static let corpusTokens = fitTokens + thresholdTokens + 1000

    private let dense: MoDModel
    private let parts: (routers: ChatCorpus, thresholds: ChatCorpus)
    private let threads: Int?

    /// Prepares a conversion.
    ///
    /// - Throws: `WorkshopError.hasRouters`; `WorkshopError.unsuitable` when the model has too few blocks;
    ///   `WorkshopError.text` for a corpus whose texts are not longer than the anchors.
    public init(dense: MoDModel, corpus: ChatCorpus, threads: Int?) throws(WorkshopError) {
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
    }

    /// Two texts, so that thresholds are not read off what the routers were fitted to, nor a thin path tried on what
    /// its hidden units were ranked by.
    public static func parts(of corpus: ChatCorpus) -> (routers: ChatCorpus, thresholds: ChatCorpus) {
        let parts = corpus.parts(ofTokens: [fitTokens, thresholdTokens])
        return (parts[0], parts[1])
    }

    /// Fits, calibrates and writes.
    ///
    /// - Parameters:
    ///   - path: where to write; a model larger than `shardLimit` is split beside it.
    ///   - name: the model's name, or nil to keep the dense one's.
    ///   - defaultCapacity: the capacity to start with.
    /// - Returns: the paths written, the one to open first.
    public func write(
        to path: String, name: String?, defaultCapacity: Capacity, shardLimit: Int?, progress: (Stage) -> Void
    ) throws(WorkshopError) -> [String] {
        let blocks = Array(Self.fixedEnds..<dense.description.blockCount - Self.fixedEnds)
        progress(.fittingRouters)
        let routers = try RouterFit(model: dense, blocks: blocks).fit(parts.routers, threads: threads)
        var file = ModelFile(dense: dense, blocks: blocks, routers: routers, anchorTokens: Self.anchorTokens)
        file.name = name
        file.defaultCapacity = defaultCapacity
        // What is measured must come from the engine that will run the file, so a file without thresholds is written
        // first.
        let uncalibrated = path + ".uncalibrated-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: uncalibrated) }
        file.thinPath = try thinPath(through: blocks, corpus: parts.routers, progress: progress)
        var model = try open(file, at: uncalibrated)
        if file.thinPath != nil {
            let trial = try ThinPathTrial(model: model, corpus: parts.thresholds, threads: threads)
            progress(.triedThinPath(trial))
            if !trial.isWorthwhile {
                file.thinPath = nil
                model = try open(file, at: uncalibrated)
            }
        }
        progress(.calibrating(0))
        file.table = try ThresholdCalibration(model: model, corpus: parts.thresholds, threads: threads)
            .table { progress(.calibrating($0)) }
        progress(.writing)
        return try file.write(to: path, shardLimit: shardLimit)
    }

    private func open(_ file: ModelFile, at path: String) throws(WorkshopError) -> MoDModel {
        try file.write(to: path, shardLimit: nil)
        return try WorkshopError.wrapping { () throws(ModelError) in try MoDModel(contentsOf: path) }
    }

    /// Nil where the feed-forward is too short for one.
    private func thinPath(
        through blocks: [Int], corpus: ChatCorpus, progress: (Stage) -> Void
    ) throws(WorkshopError) -> ModelFile.ThinPath? {
        // The engine reads the columns of `down` in groups of 32.
        let groups = Int(Self.thinWidth * Double(dense.configuration.feedForwardLength) / 32)
        guard groups > 0 else { return nil }
        progress(.tryingThinPath)
        let ranking = HiddenUnitRanking(model: dense, blocks: blocks)
        return ModelFile.ThinPath(
            length: groups * 32, orders: try ranking.orders(over: corpus, threads: threads))
    }
}
