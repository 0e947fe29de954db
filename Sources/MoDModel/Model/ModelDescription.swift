/// What is to be known of a model without holding its weights.
public struct ModelDescription: Sendable, Hashable {
    /// The model's name to show, from the file's key `general.name`; "model" without it.
    public var name: String
    /// Blocks (transformer layers) in the model.
    public var blockCount: Int
    /// The blocks that have a depth router, ascending. Empty in a dense model.
    public var routedBlocks: [Int]
    /// How many tokens at the beginning of a context go through every block in full (attention sinks).
    public var anchorTokens: Int
    /// The longest context, in tokens.
    public var contextLength: Int
    /// The capacity that a session starts with.
    public var defaultCapacity: Capacity
    /// The bytes of weights that a token reads, by what blocks do with it.
    public var weights: WeightBytes

    /// Creates a description of a model from its parts.
    public init(
        name: String, blockCount: Int, routedBlocks: [Int], anchorTokens: Int, contextLength: Int,
        defaultCapacity: Capacity, weights: WeightBytes
    ) {
        self.name = name
        self.blockCount = blockCount
        self.routedBlocks = routedBlocks
        self.anchorTokens = anchorTokens
        self.contextLength = contextLength
        self.defaultCapacity = defaultCapacity
        self.weights = weights
    }
}

/// The bytes of weights that decoding one token reads.
public struct WeightBytes: Sendable, Hashable {
    /// Bytes read whatever the routing: the token's row of the embedding, the final norm and the head.
    public var outsideBlocks: Int
    /// Bytes read in a block that takes the token in full, through as many experts as a token goes through at most.
    public var fullBlock: Int
    /// Bytes read in a block that takes the token thin; equal to `fullBlock` without a thin path.
    public var thinBlock: Int
    /// Bytes read in a block that bypasses the token: the norm, the key and value matrices where every token has keys
    /// and values, and what stands in for the block.
    public var bypassedBlock: Int
    /// Bytes of all routers together, which are read whatever they decide.
    public var routers: Int
    /// The bytes of a block's experts; nil in a model without.
    public var experts: ExpertBytes?

    /// Creates a table of bytes. Without `thinBlock` the model has no thin path.
    public init(
        outsideBlocks: Int, fullBlock: Int, thinBlock: Int? = nil, bypassedBlock: Int, routers: Int = 0,
        experts: ExpertBytes? = nil
    ) {
        self.outsideBlocks = outsideBlocks
        self.fullBlock = fullBlock
        self.thinBlock = thinBlock ?? fullBlock
        self.bypassedBlock = bypassedBlock
        self.routers = routers
        self.experts = experts
    }

    /// Whether routed blocks can take a token thin.
    public var hasThinPath: Bool { thinBlock < fullBlock }

    /// The work of a token that goes thin through a block, ÷ that of one in full, by the bytes that the two read; 1
    /// without a thin path.
    public var thinWork: Double {
        fullBlock == 0 ? 1 : Double(thinBlock) / Double(fullBlock)
    }

    /// The bytes of weights that decoding one token reads, by the token's routing. Where that does not say which
    /// experts the token took, as many are counted as it takes at most.
    public func read(by routing: TokenRouting) -> Int {
        let blocks = routing.grades.reduce(outsideBlocks + routers) { sum, grade in
            switch grade {
            case .bypassed: sum + bypassedBlock
            case .thin: sum + thinBlock
            case .full: sum + fullBlock
            }
        }
        guard let experts else { return blocks }
        return zip(routing.grades, routing.experts).reduce(blocks) { sum, block in
            block.0 == .full ? sum - (experts.used - block.1.count) * experts.each : sum
        }
    }

    /// The bytes of all weights of so many blocks, and outside them, but for the routers: what the dense model reads
    /// for a token, or a model with experts if a token went through all of them.
    public func whole(blockCount: Int) -> Int {
        let idle = experts.map { ($0.count - $0.used) * $0.each } ?? 0
        return outsideBlocks + blockCount * (fullBlock + idle)
    }

    /// The share of weights read: the bytes that decoding one token reads, by the token's routing, ÷ those of all
    /// weights but the routers (`whole`).
    public func shareRead(by routing: TokenRouting) -> Double {
        let whole = whole(blockCount: routing.grades.count)
        return whole == 0 ? 1 : Double(read(by: routing)) / Double(whole)
    }
}

/// The bytes of weights of a block's experts.
public struct ExpertBytes: Sendable, Hashable {
    /// Bytes of one expert.
    public var each: Int
    /// Experts that a token goes through, at most.
    public var used: Int
    /// Experts of a block.
    public var count: Int

    /// Creates the figures of a block's experts.
    public init(each: Int, used: Int, count: Int) {
        self.each = each
        self.used = used
        self.count = count
    }
}
