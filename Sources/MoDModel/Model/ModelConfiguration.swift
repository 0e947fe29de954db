import CInt8Kernels

/// The shape of a model.
public struct ModelConfiguration: Sendable, Hashable {
    /// What the model has in common with others.
    public var family: ModelFamily
    /// Blocks, which are transformer layers.
    public var blockCount: Int
    /// Length of a token's residual.
    public var embeddingLength: Int
    /// Query heads.
    public var headCount: Int
    /// Key and value heads; divides `headCount` (grouped-query attention, arXiv 2305.13245).
    public var kvHeadCount: Int
    /// Values in one head; a multiple of 32.
    public var headLength: Int
    /// Hidden units of a block's feed-forward (SwiGLU, arXiv 2002.05202). Experts, where there are any, have lengths of
    /// their own.
    public var feedForwardLength: Int
    /// Tokens in the vocabulary.
    public var vocabularySize: Int
    /// The longest context that the model was trained for, in tokens.
    public var contextLength: Int
    /// The base of the rotary angles: pair i of a head turns by position · base^(−2i ÷ headLength) (arXiv 2104.09864),
    /// unless that is scaled.
    public var ropeBase: Double
    /// How the rotary angles are scaled.
    public var ropeScaling: RopeScaling
    /// The number that RMS norms add under the root.
    public var normEpsilon: Float
    /// How blocks are routed; `.dense` where no block is.
    public var routing: RoutingConfiguration
    /// The experts in the place of each block's feed-forward; nil in a model without.
    public var experts: ExpertConfiguration?

    /// Creates a configuration from its parts, which are not checked.
    public init(
        family: ModelFamily, blockCount: Int, embeddingLength: Int, headCount: Int, kvHeadCount: Int,
        headLength: Int, feedForwardLength: Int, vocabularySize: Int, contextLength: Int, ropeBase: Double,
        ropeScaling: RopeScaling, normEpsilon: Float, routing: RoutingConfiguration,
        experts: ExpertConfiguration? = nil
    ) {
        self.family = family
        self.blockCount = blockCount
        self.embeddingLength = embeddingLength
        self.headCount = headCount
        self.kvHeadCount = kvHeadCount
        self.headLength = headLength
        self.feedForwardLength = feedForwardLength
        self.vocabularySize = vocabularySize
        self.contextLength = contextLength
        self.ropeBase = ropeBase
        self.ropeScaling = ropeScaling
        self.normEpsilon = normEpsilon
        self.routing = routing
        self.experts = experts
    }

    /// Length of a token's concatenated query heads.
    public var queryLength: Int { headCount * headLength }
    /// Length of a token's concatenated key heads, which is that of its value heads.
    public var kvLength: Int { kvHeadCount * headLength }
    /// Hidden units that a token goes through in a block, at most.
    var usedFeedForwardLength: Int { experts?.mostUsedLength ?? feedForwardLength }

    /// The tensors that every block has, but for those of routers.
    var blockTensors: Set<BlockTensor> {
        family.attentionTensors.union(experts?.tensors ?? [.gate, .up, .down])
    }

    /// Refuses shapes that the kernels cannot run and sizes that no real model has, before anything is computed from
    /// them.
    ///
    /// - Throws: `ModelError.unsupported` naming the key at fault.
    func validate() throws(ModelError) {
        func refusal(_ key: ModelKey, _ reason: String) -> ModelError {
            .unsupported(item: key.rawValue, reason: reason)
        }
        func check(_ key: ModelKey, _ value: Int, _ range: ClosedRange<Int>, multipleOf unit: Int = 1)
            throws(ModelError)
        {
            guard range.contains(value), value.isMultiple(of: unit) else {
                let steps = unit == 1 ? "" : " in steps of \(unit)"
                let reason =
                    "is \(value); this engine runs \(range.lowerBound) to \(range.upperBound)\(steps)."
                throw refusal(key, reason)
            }
        }
        let group = Int(INT8_GROUP)
        try check(.blockCount, blockCount, 1...512)
        try check(.embeddingLength, embeddingLength, group...32768, multipleOf: group)
        try check(.headCount, headCount, 1...512)
        try check(.kvHeadCount, kvHeadCount, 1...headCount)
        try check(.rotatedLength, headLength, group...512, multipleOf: group)
        try check(.feedForwardLength, feedForwardLength, group...262_144, multipleOf: group)
        if let experts {
            try check(.expertCount, experts.count, 1...4096)
            try check(.usedExpertCount, experts.used, 1...experts.count)
            try check(.expertLength, experts.length, group...262_144, multipleOf: group)
            if let shared = experts.sharedLength {
                try check(.sharedExpertLength, shared, group...262_144, multipleOf: group)
            }
        }
        try check(.vocabularySize, vocabularySize, 1...1_000_000)
        try check(.contextLength, contextLength, 1...1_048_576)
        guard headCount.isMultiple(of: kvHeadCount) else {
            let reason = "\(kvHeadCount) does not divide the \(headCount) query heads."
            throw refusal(.kvHeadCount, reason)
        }
        guard ropeBase.isFinite, ropeBase > 1 else {
            throw refusal(.ropeBase, "is \(ropeBase); it must be above 1.")
        }
        guard normEpsilon.isFinite, normEpsilon > 0, normEpsilon < 1 else {
            let reason = "is \(normEpsilon); it must lie between 0 and 1."
            throw refusal(.normEpsilon, reason)
        }
        try check(.anchorTokens, routing.anchorTokens, 0...contextLength)
        let ascending = zip(routing.blocks, routing.blocks.dropFirst()).allSatisfy { $0 < $1 }
        guard ascending, routing.blocks.allSatisfy({ (0..<blockCount).contains($0) }) else {
            let reason = "must ascend within 0..<\(blockCount)."
            throw refusal(.routedBlocks, reason)
        }
    }
}
