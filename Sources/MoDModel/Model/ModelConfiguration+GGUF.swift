package import GGUF

extension ModelConfiguration {
    /// The architectures that this engine runs: `llama` is dense, `mod-llama` has depth routers.
    static let architectures = ["llama", "mod-llama"]

    /// Reads and checks the shape that a file's keys declare. Its tensors are held to that shape when they are loaded.
    ///
    /// - Throws: `ModelError` naming the key that is missing, of another type or out of this engine's range.
    package init(file: GGUFFile) throws(ModelError) {
        let keys = try ArchitectureKeys(file: file)
        let headCount = try keys.int("attention.head_count")
        let embeddingLength = try keys.int("embedding_length")
        guard headCount > 0 else {
            let reason = "is \(headCount); a model has at least one head."
            throw .unsupported(item: keys.name("attention.head_count"), reason: reason)
        }
        try keys.refuseScaledRotation()
        self.init(
            blockCount: try keys.int("block_count"),
            embeddingLength: embeddingLength,
            headCount: headCount,
            kvHeadCount: try keys.intIfPresent("attention.head_count_kv") ?? headCount,
            headLength: try keys.intIfPresent("attention.key_length") ?? embeddingLength / headCount,
            feedForwardLength: try keys.int("feed_forward_length"),
            vocabularySize: try keys.vocabularySize(),
            contextLength: try keys.int("context_length"),
            ropeBase: try keys.doubleIfPresent("rope.freq_base") ?? 10_000,
            normEpsilon: Float(try keys.double("attention.layer_norm_rms_epsilon")),
            routing: .dense)
        let rotated = try keys.intIfPresent("rope.dimension_count") ?? headLength
        guard rotated == headLength else {
            let reason =
                "rotates \(rotated) of a head's \(headLength) values; this engine rotates all of them."
            throw .unsupported(item: keys.name("rope.dimension_count"), reason: reason)
        }
        if keys.architecture == "mod-llama" {
            routing = try RoutingConfiguration(keys: keys, feedForwardLength: feedForwardLength)
        }
        try validate()
    }
}

extension RoutingConfiguration {
    fileprivate init(keys: ArchitectureKeys, feedForwardLength: Int) throws(ModelError) {
        let gateName: String = try keys.value("routing.gate")
        guard let gate = Gate(rawValue: gateName) else {
            let reason = "is “\(gateName)”; this engine knows hard and scaled."
            throw .unsupported(item: keys.name("routing.gate"), reason: reason)
        }
        let kvName: String = try keys.value("routing.kv")
        guard let kv = KVPolicy(rawValue: kvName) else {
            let reason = "is “\(kvName)”; this engine knows all and routed."
            throw .unsupported(item: keys.name("routing.kv"), reason: reason)
        }
        let start = try keys.double("routing.default_capacity")
        guard let defaultCapacity = Capacity(start) else {
            let reason = "is \(start); a capacity lies within 0 and 1."
            throw .unsupported(item: keys.name("routing.default_capacity"), reason: reason)
        }
        self.init(
            blocks: try keys.value("routing.blocks"), gate: gate, kv: kv,
            anchorTokens: try keys.int("routing.anchor_tokens"),
            thinLength: try keys.thinLength(of: feedForwardLength), defaultCapacity: defaultCapacity)
    }
}
