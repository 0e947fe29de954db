/// What the rest of the house needs to know about a model without holding its weights.
public struct ModelDescription: Sendable, Hashable {
    /// The name to show, from `general.name` or the file's name.
    public var name: String
    /// Blocks (transformer layers) in the model.
    public var blockCount: Int
    /// The blocks that have a depth router, ascending. Empty in a dense model.
    public var routedBlocks: [Int]
    /// The first positions of a context that every block processes.
    public var anchorTokens: Int
    /// The longest context, in tokens.
    public var contextLength: Int
    /// The capacity to start with.
    public var defaultCapacity: Capacity
    /// What a token costs to read.
    public var weights: WeightBytes

    /// Creates a description from its parts.
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
    /// Read whatever the routing: the embedding row, the final norm and the head.
    public var outsideBlocks: Int
    /// Read at a block that takes the token in full.
    public var fullBlock: Int
    /// Read at a block that takes it thin; as much as in full where there is no thin path.
    public var thinBlock: Int
    /// Read at a routed block that bypasses it: the norm, and K and V where every token has them.
    public var bypassedBlock: Int
    /// Read at all routed blocks together besides, whatever they decide.
    public var routers: Int

    /// Creates a cost table. Without `thinBlock` there is no thin path.
    public init(
        outsideBlocks: Int, fullBlock: Int, thinBlock: Int? = nil, bypassedBlock: Int, routers: Int = 0
    ) {
        self.outsideBlocks = outsideBlocks
        self.fullBlock = fullBlock
        self.thinBlock = thinBlock ?? fullBlock
        self.bypassedBlock = bypassedBlock
        self.routers = routers
    }

    /// Whether a block can take a token thin.
    public var hasThinPath: Bool { thinBlock < fullBlock }

    /// The work of a token that goes thin through a block, ÷ that of one in full: what the two read.
    public var thinWork: Double {
        fullBlock == 0 ? 1 : Double(thinBlock) / Double(fullBlock)
    }

    /// The bytes one token with this routing reads.
    public func read(by routing: TokenRouting) -> Int {
        routing.grades.reduce(outsideBlocks + routers) { sum, grade in
            switch grade {
            case .bypassed: sum + bypassedBlock
            case .thin: sum + thinBlock
            case .full: sum + fullBlock
            }
        }
    }

    /// The bytes read by one token with this routing ÷ those the dense model, which has no routers, reads.
    public func shareRead(by routing: TokenRouting) -> Double {
        let dense = outsideBlocks + routing.grades.count * fullBlock
        return dense == 0 ? 1 : Double(read(by: routing)) / Double(dense)
    }
}
