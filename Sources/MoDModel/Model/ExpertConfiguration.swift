import GGUF

/// The experts in the place of each block's feed-forward (Mixture-of-Experts, arXiv 1701.06538). Each has a score for a
/// token, and the token goes through those that score highest.
public struct ExpertConfiguration: Sendable, Hashable {
    /// Experts of a block.
    public var count: Int
    /// Experts that a token goes through, at most; but where experts are the parts of one feed-forward (`.equal`),
    /// anchors go through all.
    public var used: Int
    /// Hidden units of an expert.
    public var length: Int
    /// Hidden units of one more expert, which every token goes through; nil without one.
    public var sharedLength: Int?
    /// What an expert's output is multiplied by.
    public var weighting: ExpertWeighting
    /// Whether a no-op is among the experts (integrated MoDE, arXiv 2404.02258, §4.3): a token goes only through
    /// experts that score above it, and bypasses the feed-forward where none does.
    public var hasNoOp: Bool
    /// Whether experts have a number that is added to their score whatever the token.
    public var hasBiases: Bool

    /// Creates a configuration from its parts, which are not checked.
    public init(
        count: Int, used: Int, length: Int, sharedLength: Int? = nil, weighting: ExpertWeighting,
        hasNoOp: Bool = false, hasBiases: Bool = false
    ) {
        self.count = count
        self.used = used
        self.length = length
        self.sharedLength = sharedLength
        self.weighting = weighting
        self.hasNoOp = hasNoOp
        self.hasBiases = hasBiases
    }

    /// Scores of a token: one for each expert, and one for the no-op.
    var scoreCount: Int { count + (hasNoOp ? 1 : 0) }

    /// Experts that any token goes through, at most: the parts of one feed-forward are all gone through by anchors,
    /// which go in full in every block.
    var mostUsed: Int { weighting == .equal ? count : used }

    /// Hidden units that any token goes through, at most.
    var mostUsedLength: Int { mostUsed * length + (sharedLength ?? 0) }

    /// The tensors that a block has in place of a feed-forward's.
    var tensors: Set<BlockTensor> {
        var tensors: Set<BlockTensor> = [.expertGate, .expertGates, .expertUps, .expertDowns]
        if hasBiases { tensors.insert(.expertGateBias) }
        if sharedLength != nil {
            tensors.formUnion([.sharedExpertGate, .sharedGate, .sharedUp, .sharedDown])
        }
        return tensors
    }
}

extension ArchitectureKeys {
    /// The experts that the file declares; nil for a model without.
    ///
    /// - Throws: `ModelError` naming the key that is missing, or asks for what this engine does not compute.
    func experts() throws(ModelError) -> ExpertConfiguration? {
        let count = try intIfPresent(.expertCount) ?? 0
        let traits = family.experts
        guard count != 0 else {
            if traits?.areRequired == true {
                let reason = "is 0 or missing; every model of the family \(family.architecture) has experts."
                throw .unsupported(item: name(.expertCount), reason: reason)
            }
            try refuseExpertKeys()
            return nil
        }
        guard traits != nil || isRouted else {
            let reason = "is \(count); models of the family \(family.architecture) have no experts."
            throw .unsupported(item: name(.expertCount), reason: reason)
        }
        let used = try int(.usedExpertCount)
        let hasNoOp: Bool? = try valueIfPresent(.noOpExpert)
        return ExpertConfiguration(
            count: count, used: used, length: try expertLength(used: used), sharedLength: try sharedLength(),
            weighting: try weighting(), hasNoOp: hasNoOp ?? false,
            // Of dense models none has biases here.
            hasBiases: isRouted
                && file.tensors.contains { $0.name.hasSuffix("." + BlockTensor.expertGateBias.rawValue) })
    }

    /// Hidden units of an expert: a llama's are those of its feed-forward, others share them out where they do not say.
    private func expertLength(used: Int) throws(ModelError) -> Int {
        if let length = try intIfPresent(.expertLength), length != 0 { return length }
        let whole = try int(.feedForwardLength)
        return family.experts?.areRequired == true ? whole / max(used, 1) : whole
    }

    /// Hidden units of the expert for every token: those of a feed-forward where the file does not say.
    private func sharedLength() throws(ModelError) -> Int? {
        let given = try intIfPresent(.sharedExpertLength)
        if family.experts?.hasShared == true {
            if let given { return given }
            return try int(.feedForwardLength)
        }
        guard let given, given != 0 else { return nil }
        let reason = "is \(given); models of the family \(family.architecture) share no expert."
        throw .unsupported(item: name(.sharedExpertLength), reason: reason)
    }

    private func weighting() throws(ModelError) -> ExpertWeighting {
        guard let name: String = try valueIfPresent(.expertWeighting) else {
            if let weighting = family.experts?.weighting { return weighting }
            throw .unsupported(item: self.name(.expertWeighting), reason: "is missing.")
        }
        guard let weighting = ExpertWeighting(rawValue: name) else {
            let reason = "is “\(name)”; this engine knows softmax, renormalised and equal."
            throw .unsupported(item: self.name(.expertWeighting), reason: reason)
        }
        return weighting
    }

    /// Refuses what is said of experts where there are none.
    private func refuseExpertKeys() throws(ModelError) {
        for key in ModelKey.allCases where key.isOfExperts && key != .expertCount {
            guard let value = file.metadata[name(key)] else { continue }
            if let number = Int(gguf: value), number == 0 { continue }
            throw .unsupported(
                item: name(key), reason: "is of experts, and \(name(.expertCount)) says of none.")
        }
    }
}
