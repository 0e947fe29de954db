/// What models of one architecture have in common, as far as the forward pass differs between architectures: where
/// their blocks have biases and norms, how heads are rotated, and how experts are mixed. Everything else a model's file
/// says itself.
///
/// Each family has a file of its own in this folder and a line in `all`. All share GGUF's names of keys (`ModelKey`)
/// and tensors (`BlockTensor`), and any may be routed.
public struct ModelFamily: Sendable, Hashable {
    /// Which of a head's values turn together.
    public enum RotaryLayout: Sendable, Hashable {
        /// Values 2i and 2i + 1.
        case interleaved
        /// Values i and i + half of the head's length.
        case halfSplit
    }

    /// What a dense model's file says in `general.architecture`: "llama".
    public let architecture: String
    /// How the rows of the query and key matrices order the pairs that rotary embedding turns.
    public let rotaryLayout: RotaryLayout
    /// Whether biases are added to queries, keys and values.
    public let hasAttentionBiases: Bool
    /// Whether each head of the queries and keys has an RMS norm before it is rotated.
    public let hasHeadNorms: Bool
    /// Whether a file may give each pair a factor that its angles are divided by, as Llama 3.1 does.
    public let takesRotaryFactors: Bool
    /// How its models mix experts; nil where dense ones have none.
    public let experts: ExpertTraits?

    /// The families that this engine runs.
    public static let all: [ModelFamily] = [.llama, .qwen2, .qwen2MoE, .qwen3, .qwen3MoE]

    private static let routedPrefix = "mod-"

    /// What a routed model's file says in `general.architecture`: "mod-llama".
    public var routedArchitecture: String { Self.routedPrefix + architecture }

    /// The family of an architecture, dense or routed, and whether it is routed; nil for one that this engine does not
    /// run.
    static func named(_ architecture: String) -> (family: ModelFamily, isRouted: Bool)? {
        let isRouted = architecture.hasPrefix(routedPrefix)
        let name = isRouted ? String(architecture.dropFirst(routedPrefix.count)) : architecture
        return all.first { $0.architecture == name }.map { ($0, isRouted) }
    }

    /// Whether what is done to a head needs all of its values at once.
    var needsWholeHeads: Bool { rotaryLayout == .halfSplit || hasHeadNorms }

    /// The tensors of a block's attention and norms.
    var attentionTensors: Set<BlockTensor> {
        var tensors: Set<BlockTensor> = [
            .attentionNorm, .query, .key, .value, .attentionOutput, .feedForwardNorm,
        ]
        if hasAttentionBiases { tensors.formUnion([.queryBias, .keyBias, .valueBias]) }
        if hasHeadNorms { tensors.formUnion([.queryNorm, .keyNorm]) }
        return tensors
    }
}
