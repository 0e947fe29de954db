package import GGUF

extension ModelConfiguration {
    /// Reads and checks the shape that a file's keys declare. Its tensors are held to that shape when they are loaded.
    ///
    /// - Throws: `ModelError` naming the key that is missing, of another type, out of this engine's range or unknown to
    ///   it.
    package init(file: GGUFFile) throws(ModelError) {
        let keys = try ArchitectureKeys(file: file)
        try keys.refuseForeignKeys()
        let headCount = try keys.int(.headCount)
        let embeddingLength = try keys.int(.embeddingLength)
        let contextLength = try keys.int(.contextLength)
        guard headCount > 0 else {
            let reason = "is \(headCount); a model has at least one head."
            throw .unsupported(item: keys.name(.headCount), reason: reason)
        }
        try keys.refuseSlidingWindow(contextLength: contextLength)
        self.init(
            family: keys.family,
            blockCount: try keys.int(.blockCount),
            embeddingLength: embeddingLength,
            headCount: headCount,
            kvHeadCount: try keys.intIfPresent(.kvHeadCount) ?? headCount,
            headLength: try keys.headLength(usual: embeddingLength / headCount),
            feedForwardLength: try keys.int(.feedForwardLength),
            vocabularySize: try keys.vocabularySize(),
            contextLength: contextLength,
            ropeBase: try keys.doubleIfPresent(.ropeBase) ?? 10_000,
            ropeScaling: .none,
            normEpsilon: Float(try keys.double(.normEpsilon)),
            routing: .dense,
            experts: try keys.experts())
        if keys.isRouted {
            routing = try RoutingConfiguration(
                keys: keys, embeddingLength: embeddingLength, feedForwardLength: feedForwardLength)
        }
        if experts != nil, let thin = routing.thinLength {
            let reason = "asks for a thin path of \(thin) hidden units; blocks with experts have none."
            throw .unsupported(item: keys.name(.thinWidth), reason: reason)
        }
        try validate()
        ropeScaling = try keys.ropeScaling(contextLength: contextLength)
    }
}

extension RoutingConfiguration {
    fileprivate init(
        keys: ArchitectureKeys, embeddingLength: Int, feedForwardLength: Int
    ) throws(ModelError) {
        let gateName: String = try keys.value(.gate)
        guard let gate = Gate(rawValue: gateName) else {
            let reason = "is “\(gateName)”; this engine knows hard and scaled."
            throw .unsupported(item: keys.name(.gate), reason: reason)
        }
        let kvName: String = try keys.value(.kv)
        guard let kv = KVPolicy(rawValue: kvName) else {
            let reason = "is “\(kvName)”; this engine knows all and routed."
            throw .unsupported(item: keys.name(.kv), reason: reason)
        }
        let start = try keys.double(.defaultCapacity)
        guard let defaultCapacity = Capacity(start) else {
            let reason = "is \(start); a capacity lies within 0 and 1."
            throw .unsupported(item: keys.name(.defaultCapacity), reason: reason)
        }
        self.init(
            blocks: try keys.value(.routedBlocks), gate: gate, kv: kv,
            anchorTokens: try keys.int(.anchorTokens),
            thinLength: try keys.thinLength(of: feedForwardLength),
            standInRank: try keys.standInRank(atMost: min(embeddingLength, feedForwardLength)),
            defaultCapacity: defaultCapacity)
    }
}
