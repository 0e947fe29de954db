import Foundation
public import MoDModel

/// Makes a `mod-llama` file from a dense one: int8 weights, fitted routers, calibrated thresholds.
public struct ModelConverter {
    /// What is under way, for a progress line.
    public enum Stage: Sendable, Hashable {
        /// The dense model runs the corpus, and routers are fitted to what its blocks do.
        case fittingRouters
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

    /// Tokens of chat that a conversion uses, with what whole chats take more.
    public static let corpusTokens = fitTokens + thresholdTokens + 1000

    private let dense: MoDModel
    private let corpus: ChatCorpus
    private let threads: Int?

    /// Prepares a conversion.
    ///
    /// - Throws: `WorkshopError.hasRouters`; `WorkshopError.unsuitable` when the model has too few blocks.
    public init(dense: MoDModel, corpus: ChatCorpus, threads: Int?) throws(WorkshopError) {
        guard dense.description.routedBlocks.isEmpty else {
            throw .hasRouters
        }
        guard dense.description.blockCount > 2 * Self.fixedEnds else {
            throw .unsuitable(
                "The model has only \(dense.description.blockCount) blocks, too few to bypass any.")
        }
        self.dense = dense
        self.corpus = corpus
        self.threads = threads
    }

    /// Two texts, so that thresholds are not read off what the routers were fitted to.
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
        let parts = Self.parts(of: corpus)
        progress(.fittingRouters)
        let routers = try RouterFit(model: dense, blocks: blocks).fit(parts.routers, threads: threads)
        var file = ModelFile(dense: dense, blocks: blocks, routers: routers, anchorTokens: Self.anchorTokens)
        file.name = name
        file.defaultCapacity = defaultCapacity
        // The thresholds must come from the engine that will use them, so a draft without any is written
        // first.
        let draft = path + ".draft-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: draft) }
        try file.write(to: draft, shardLimit: nil)
        let model = try WorkshopError.wrapping { () throws(ModelError) in try MoDModel(contentsOf: draft) }
        progress(.calibrating(0))
        file.table = try ThresholdCalibration(model: model, corpus: parts.thresholds, threads: threads)
            .table { progress(.calibrating($0)) }
        progress(.writing)
        return try file.write(to: path, shardLimit: shardLimit)
    }
}
