import CInt8Kernels
import GGUF

/// Reads a model file's keys under its architecture's prefix ("llama.block_count"), without which they are named here.
struct ArchitectureKeys {
    let file: GGUFFile
    let architecture: String
    let family: ModelFamily
    /// Whether the architecture is that of a routed model.
    let isRouted: Bool

    private static let architectureKey = "general.architecture"
    private static let tokensKey = "tokenizer.ggml.tokens"

    /// Reads the file's architecture.
    ///
    /// - Throws: `ModelError.unsupported` for one that this engine does not run.
    init(file: GGUFFile) throws(ModelError) {
        self.file = file
        architecture = try ModelError.wrapping { () throws(GGUFError) in
            try file.string(Self.architectureKey)
        }
        guard let (family, isRouted) = ModelFamily.named(architecture) else {
            let known = ModelFamily.all.map(\.architecture).joined(separator: ", ")
            let reason = "is “\(architecture)”; this engine runs \(known), and each of them routed."
            throw .unsupported(item: Self.architectureKey, reason: reason)
        }
        self.family = family
        self.isRouted = isRouted
    }

    /// A key's whole name.
    func name(_ key: ModelKey) -> String { key.name(in: architecture) }

    /// The value of a key, which must be there.
    func value<Value: GGUFConvertible>(_ key: ModelKey) throws(ModelError) -> Value {
        try ModelError.wrapping { () throws(GGUFError) in try file.value(name(key), as: Value.self) }
    }

    /// The value of a key; nil where the file does not have it.
    func valueIfPresent<Value: GGUFConvertible>(_ key: ModelKey) throws(ModelError) -> Value? {
        try ModelError.wrapping { () throws(GGUFError) in try file.valueIfPresent(name(key), as: Value.self) }
    }

    func int(_ key: ModelKey) throws(ModelError) -> Int { try value(key) }
    func intIfPresent(_ key: ModelKey) throws(ModelError) -> Int? { try valueIfPresent(key) }
    func double(_ key: ModelKey) throws(ModelError) -> Double { try value(key) }
    func doubleIfPresent(_ key: ModelKey) throws(ModelError) -> Double? { try valueIfPresent(key) }

    /// Tokens in the vocabulary: the rows of the token embedding, with which the key, where there is one, must agree,
    /// and of which the tokenizer, where the file has one, may name no more than there are.
    func vocabularySize() throws(ModelError) -> Int {
        let embedding = OuterTensor.embedding.rawValue
        let rows = try ModelError.wrapping { () throws(GGUFError) in try file.tensor(embedding) }.rowCount
        if let declared = try intIfPresent(.vocabularySize), declared != rows {
            let reason = "is \(declared), but \(embedding) has \(rows) rows."
            throw .unsupported(item: name(.vocabularySize), reason: reason)
        }
        if case .array(let tokens) = file.metadata[Self.tokensKey], tokens.count > rows {
            let reason = "lists \(tokens.count) tokens, but \(embedding) has \(rows) rows."
            throw .unsupported(item: Self.tokensKey, reason: reason)
        }
        return rows
    }

    /// Values of a head: those of the queries and keys, all of which must be rotated, and as many as those of the
    /// values.
    ///
    /// - Parameter usual: how many there are where the file does not say.
    func headLength(usual: Int) throws(ModelError) -> Int {
        let length = try intIfPresent(.keyLength) ?? usual
        let rotated = try intIfPresent(.rotatedLength) ?? length
        guard rotated == length else {
            let reason = "rotates \(rotated) of a head's \(length) values; this engine rotates all of them."
            throw .unsupported(item: name(.rotatedLength), reason: reason)
        }
        let values = try intIfPresent(.valueLength) ?? length
        guard values == length else {
            let reason =
                "is \(values) where keys have \(length) values; this engine runs heads of one length."
            throw .unsupported(item: name(.valueLength), reason: reason)
        }
        return length
    }

    /// Hidden units of the feed-forward that a thin token goes through; nil without a thin path. The file gives them ÷
    /// all hidden units.
    func thinLength(of feedForwardLength: Int) throws(ModelError) -> Int? {
        guard let width = try doubleIfPresent(.thinWidth), width != 0 else { return nil }
        let unit = Double(INT8_GROUP)
        let length = width * Double(feedForwardLength)
        // Written as fp32, the fraction may be off by its last place.
        let rounded = (length / unit).rounded() * unit
        guard width > 0, width < 1, (length - rounded).magnitude < 0.01, rounded > 0 else {
            let reason =
                "is \(width); the thin path takes some of the \(feedForwardLength) hidden units, in steps of \(Int(INT8_GROUP))."
            throw .unsupported(item: name(.thinWidth), reason: reason)
        }
        return Int(rounded)
    }

    /// Rank of the maps that stand in for bypassed blocks; nil without any.
    func standInRank(atMost limit: Int) throws(ModelError) -> Int? {
        guard let rank = try intIfPresent(.standInRank), rank != 0 else { return nil }
        guard rank > 0, rank <= limit, rank.isMultiple(of: Int(INT8_GROUP)) else {
            let reason = "is \(rank); it must be at most \(limit), in steps of \(Int(INT8_GROUP))."
            throw .unsupported(item: name(.standInRank), reason: reason)
        }
        return rank
    }

    /// How the rotary angles are scaled, as those of long-context variants are.
    ///
    /// - Throws: `ModelError` for a way of scaling that this engine does not know, and numbers that make no sense.
    func ropeScaling(contextLength: Int) throws(ModelError) -> RopeScaling {
        let kind: String? = try valueIfPresent(.ropeScaling)
        let key: ModelKey =
            file.metadata[name(.ropeFactor)] == nil && file.metadata[name(.ropeLinearFactor)] != nil
            ? .ropeLinearFactor : .ropeFactor
        // As llama.cpp has it: without a type the factor is linear, and 0 is no factor.
        let factor = try positive(key, usual: 1, orZero: true)
        switch kind {
        case "none": return .none
        case "linear", nil: return factor == 0 || factor == 1 ? .none : .linear(factor: factor)
        case "yarn":
            let original = try intIfPresent(.originalContextLength) ?? contextLength
            guard (1...contextLength).contains(original) else {
                let reason = "is \(original); it must be within the context of \(contextLength) tokens."
                throw .unsupported(item: name(.originalContextLength), reason: reason)
            }
            return .yarn(
                YaRN(
                    factor: factor == 0 ? 1 : factor, originalContextLength: original,
                    fastTurns: try positive(.fastTurns, usual: 32),
                    slowTurns: try positive(.slowTurns, usual: 1),
                    magnitude: try positive(.ropeMagnitude, usual: 1)))
        case let kind?:
            let reason = "is “\(kind)”; this engine knows none, linear and yarn."
            throw .unsupported(item: name(.ropeScaling), reason: reason)
        }
    }

    /// A number that must be above 0.
    private func positive(
        _ key: ModelKey, usual: Double, orZero: Bool = false
    ) throws(ModelError) -> Double {
        let value = try doubleIfPresent(key) ?? usual
        guard value.isFinite, value > 0 || orZero && value == 0, value < 1e6 else {
            throw .unsupported(
                item: name(key), reason: "is \(value); it must be above 0 and below a million.")
        }
        return value
    }
}
