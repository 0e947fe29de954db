import MoDModel

/// Counts what decoding must read: weights by the routing, and the keys and values of the tokens before.
struct ReadMeter {
    /// Bytes of weights, and of keys and values, of the tokens counted.
    private(set) var weightBytes = 0
    private(set) var cacheBytes = 0
    private(set) var count = 0
    private var work = 0.0
    /// Tokens with keys and values in the cache, for each block.
    private var cached: [Int]
    private let model: MoDModel
    private let routed: Set<Int>

    /// Begins with an empty cache.
    init(_ model: MoDModel) {
        self.model = model
        routed = Set(model.description.routedBlocks)
        cached = Array(repeating: 0, count: model.configuration.blockCount)
    }

    /// The work of the routed blocks for the tokens counted ÷ that of all of them in full; 1 where there are none.
    var realisedCapacity: Double {
        let decisions = count * routed.count
        return decisions == 0 ? 1 : work / Double(decisions)
    }

    /// A token of the prompt, which fills the cache.
    mutating func cache(_ routing: TokenRouting) {
        for block in cached.indices
        where routing.grades[block] > .bypassed || model.configuration.routing.kv == .all
            || !routed.contains(block)
        {
            cached[block] += 1
        }
    }

    /// A decoded token: counted, and in the cache from now on.
    mutating func read(_ routing: TokenRouting) {
        count += 1
        let description = model.description
        work += routing.work(at: description.routedBlocks, thinWork: description.weights.thinWork)
        weightBytes += description.weights.read(by: routing)
        // Whoever goes through a block attends there, however deep.
        let tokens = cached.indices.reduce(0) { $0 + (routing.grades[$1] > .bypassed ? cached[$1] : 0) }
        cacheBytes += tokens * model.configuration.cacheBytesPerToken
        cache(routing)
    }
}
