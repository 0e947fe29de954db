public import Foundation
public import GGUF

/// Writes small random models: everything a real one has, in a few hundred kilobytes.
///
/// The weights are large enough that blocks matter and scores spread, so that a routing mistake shows in the
/// logits.
public struct TinyModel: Sendable {
    /// Transformer layers.
    public var blockCount = 4
    /// Length of the residual.
    public var embeddingLength = 64
    /// The family: "llama", "qwen2", "qwen2moe", "qwen3" or "qwen3moe".
    public var family = "llama"
    /// Query heads.
    public var headCount = 2
    /// Values in a head.
    public var headLength = 32
    /// Key and value heads.
    public var kvHeadCount = 1
    /// Hidden length of the perceptron.
    public var feedForwardLength = 96
    /// Experts in the place of the perceptron; nil without.
    public var experts: Experts?
    /// The longest context.
    public var contextLength = 256
    /// Whether the file has a head of its own, beside the embedding.
    public var hasHead = false
    /// Keys to add, without the architecture they begin with.
    public var extraKeys: GGUFMetadata = [:]
    /// What the rotary angles of each pair are divided by; nil without such a tensor.
    public var rotaryFactors: [Float]?
    /// The blocks with a router; empty makes a dense model.
    public var routedBlocks = [1, 2]
    /// "hard" or "scaled".
    public var gate = "hard"
    /// "all" or "routed".
    public var kv = "all"
    /// Rows of the feed-forward in the thin path; nil without one.
    public var thinLength: Int?
    /// Rank of what stands in for bypassed blocks; nil: nothing does.
    public var standInRank: Int?
    /// Positions that are always processed.
    public var anchorTokens = 2
    /// Steps of the grid of capacities; a thin path needs the four there are.
    public var gridSteps = 4
    /// The capacity to start with.
    public var defaultCapacity: Float = 1
    /// Starts the random weights.
    public var seed: UInt64 = 1

    /// The default shape.
    public init() {}

    /// The experts of every block.
    public struct Experts: Sendable {
        /// Experts of a block.
        public var count = 5
        /// Experts that a token goes through.
        public var used = 2
        /// Hidden length of an expert.
        public var length = 64
        /// Hidden length of the expert that every token goes through; nil without one.
        public var sharedLength: Int?
        /// "softmax", "renormalised" or "equal"; nil for the family's own.
        public var weighting: String?
        /// Whether a no-op is among them.
        public var hasNoOp = false
        /// Whether numbers are added to the scores.
        public var hasBiases = false

        /// The default experts.
        public init() {}
    }

    /// Tokens: control tokens first, then the 256 bytes, then a few merges.
    public static let controlTokens = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    /// The merges, most urgent first.
    public static let merges = ["h e", "l l", "he ll", "hell o", "Ġ t", "Ġt he", "a n", "an d"]

    /// The vocabulary, in the byte-level alphabet of GPT-2.
    public static var tokens: [String] {
        controlTokens + byteAlphabet + merges.map { $0.replacing(" ", with: "") }
    }

    private static var byteAlphabet: [String] {
        let printable = Set(Array(33...126) + Array(161...172) + Array(174...255))
        var next = 256
        return (0..<256).map { byte in
            var code = byte
            if !printable.contains(byte) {
                code = next
                next += 1
            }
            return Unicode.Scalar(UInt32(code)).map { String(Character($0)) } ?? "?"
        }
    }

    /// Tokens in the vocabulary.
    public var vocabularySize: Int { Self.tokens.count }

    /// What the file says of its architecture.
    public var architecture: String { routedBlocks.isEmpty ? family : "mod-" + family }

    /// The keys of the file.
    public var metadata: GGUFMetadata {
        let prefix = architecture
        var keys: GGUFMetadata = [
            "general.architecture": .string(prefix),
            "general.name": .string("Tiny"),
            "\(prefix).block_count": .uint32(UInt32(blockCount)),
            "\(prefix).context_length": .uint32(UInt32(contextLength)),
            "\(prefix).embedding_length": .uint32(UInt32(embeddingLength)),
            "\(prefix).feed_forward_length": .uint32(UInt32(feedForwardLength)),
            "\(prefix).attention.head_count": .uint32(UInt32(headCount)),
            "\(prefix).attention.head_count_kv": .uint32(UInt32(kvHeadCount)),
            "\(prefix).attention.key_length": .uint32(UInt32(headLength)),
            "\(prefix).attention.layer_norm_rms_epsilon": .float32(1e-5),
            "\(prefix).rope.dimension_count": .uint32(UInt32(headLength)),
            "\(prefix).rope.freq_base": .float32(10_000),
            "tokenizer.ggml.model": .string("gpt2"),
            "tokenizer.ggml.pre": .string("smollm"),
            "tokenizer.ggml.tokens": .array(.string(Self.tokens)),
            "tokenizer.ggml.token_type": .array(
                .int32(Self.tokens.indices.map { $0 < Self.controlTokens.count ? 3 : 1 })),
            "tokenizer.ggml.merges": .array(.string(Self.merges)),
            "tokenizer.ggml.bos_token_id": .uint32(1),
            "tokenizer.ggml.eos_token_id": .uint32(2),
        ]
        for (key, value) in extraKeys { keys["\(prefix).\(key)"] = value }
        if let experts {
            keys["\(prefix).expert_count"] = .uint32(UInt32(experts.count))
            keys["\(prefix).expert_used_count"] = .uint32(UInt32(experts.used))
            keys["\(prefix).expert_feed_forward_length"] = .uint32(UInt32(experts.length))
            if let length = experts.sharedLength {
                keys["\(prefix).expert_shared_feed_forward_length"] = .uint32(UInt32(length))
            }
            if let weighting = experts.weighting {
                keys["\(prefix).routing.expert_weighting"] = .string(weighting)
            }
            if experts.hasNoOp { keys["\(prefix).routing.noop_expert"] = .bool(true) }
        }
        guard !routedBlocks.isEmpty else { return keys }
        keys["\(prefix).routing.blocks"] = .array(.uint32(routedBlocks.map(UInt32.init)))
        keys["\(prefix).routing.gate"] = .string(gate)
        keys["\(prefix).routing.kv"] = .string(kv)
        keys["\(prefix).routing.anchor_tokens"] = .uint32(UInt32(anchorTokens))
        if let thinLength {
            keys["\(prefix).routing.thin_width"] = .float32(Float(thinLength) / Float(feedForwardLength))
        }
        if let standInRank { keys["\(prefix).routing.stand_in_rank"] = .uint32(UInt32(standInRank)) }
        keys["\(prefix).routing.capacities"] = .array(
            .float32((0...gridSteps).map { Float($0) / Float(gridSteps) }))
        keys["\(prefix).routing.default_capacity"] = .float32(defaultCapacity)
        return keys
    }

    /// A writer that holds the whole model, for tests that spoil something before they write it.
    public func writer() throws(GGUFError) -> GGUFWriter {
        var random = SeededGenerator(seed: seed)
        var writer = GGUFWriter(metadata: metadata)
        let width = headCount * headLength
        let kvWidth = kvHeadCount * headLength
        func matrix(
            _ name: String, _ rows: Int, _ columns: Int, _ spread: Float = 1, parts: Int? = nil
        ) throws(GGUFError) {
            let limit = spread * (3 / Float(columns)).squareRoot()
            let values = (0..<rows * columns * (parts ?? 1)).map { _ in
                Float.random(in: -limit...limit, using: &random)
            }
            let shape = [columns, rows] + (parts.map { [$0] } ?? [])
            try writer.add(name: name, shape: shape) { row, out throws(GGUFError) in
                _ = out.update(fromContentsOf: values[row * columns..<(row + 1) * columns])
            }
        }
        func vector(_ name: String, _ count: Int, in range: ClosedRange<Float>) throws(GGUFError) {
            let values = (0..<count).map { _ in Float.random(in: range, using: &random) }
            try writer.add(name: name, shape: [count], floats: values)
        }
        try matrix("token_embd.weight", vocabularySize, embeddingLength, 4)
        try vector("output_norm.weight", embeddingLength, in: 0.5...1.5)
        if hasHead { try matrix("output.weight", vocabularySize, embeddingLength, 4) }
        if let rotaryFactors {
            try writer.add(
                name: "rope_freqs.weight", shape: [rotaryFactors.count], floats: rotaryFactors)
        }
        for block in 0..<blockCount {
            let name = "blk.\(block)"
            try vector("\(name).attn_norm.weight", embeddingLength, in: 0.5...1.5)
            try matrix("\(name).attn_q.weight", width, embeddingLength, 2)
            try matrix("\(name).attn_k.weight", kvWidth, embeddingLength, 2)
            try matrix("\(name).attn_v.weight", kvWidth, embeddingLength)
            if family.hasPrefix("qwen2") {
                try vector("\(name).attn_q.bias", width, in: -1...1)
                try vector("\(name).attn_k.bias", kvWidth, in: -1...1)
                try vector("\(name).attn_v.bias", kvWidth, in: -1...1)
            }
            if family.hasPrefix("qwen3") {
                try vector("\(name).attn_q_norm.weight", headLength, in: 0.5...2)
                try vector("\(name).attn_k_norm.weight", headLength, in: 0.5...2)
            }
            try matrix("\(name).attn_output.weight", embeddingLength, width)
            try vector("\(name).ffn_norm.weight", embeddingLength, in: 0.5...1.5)
            func perceptron(_ suffix: String, _ length: Int, parts: Int? = nil) throws(GGUFError) {
                try matrix("\(name).ffn_gate\(suffix).weight", length, embeddingLength, parts: parts)
                try matrix("\(name).ffn_up\(suffix).weight", length, embeddingLength, parts: parts)
                try matrix("\(name).ffn_down\(suffix).weight", embeddingLength, length, parts: parts)
            }
            if let experts {
                let scores = experts.count + (experts.hasNoOp ? 1 : 0)
                let weights = (0..<scores * embeddingLength).map { _ in
                    Float.random(in: -0.3...0.3, using: &random)
                }
                try writer.add(
                    name: "\(name).ffn_gate_inp.weight", shape: [embeddingLength, scores], floats: weights)
                if experts.hasBiases { try vector("\(name).ffn_gate_inp.bias", scores, in: -1...1) }
                try perceptron("_exps", experts.length, parts: experts.count)
                if let length = experts.sharedLength {
                    try vector("\(name).ffn_gate_inp_shexp.weight", embeddingLength, in: -0.3...0.3)
                    try perceptron("_shexp", length)
                }
            } else {
                try perceptron("", feedForwardLength)
            }
            guard routedBlocks.contains(block) else { continue }
            let router = "\(name).depth_router"
            let weights = (0..<8 * embeddingLength).map { _ in Float.random(in: -0.5...0.5, using: &random) }
            try writer.add(name: "\(router).in.weight", shape: [embeddingLength, 8], floats: weights)
            try vector("\(router).in.bias", 8, in: -0.5...0.5)
            try vector("\(router).out.weight", 8, in: -1...1)
            try vector("\(router).out.bias", 1, in: 0...0)
            try writer.add(name: "\(router).threshold", shape: [gridSteps + 1], floats: thresholds)
            if let standInRank {
                try matrix("\(name).depth_stand_in.in.weight", standInRank, embeddingLength)
                try matrix("\(name).depth_stand_in.out.weight", embeddingLength, standInRank)
                try vector("\(name).depth_stand_in.out.bias", embeddingLength, in: -0.5...0.5)
            }
            guard thinLength != nil else { continue }
            try writer.add(name: "\(router).share", shape: [5], floats: [0, 0.125, 0.25, 0.5, 1])
            try writer.add(name: "\(router).thin_threshold", shape: [5], floats: [3, 0, -0.8, -2, -5])
            try writer.add(name: "\(router).thin_share", shape: [5], floats: [0, 0.25, 0.5, 0.375, 0])
        }
        return writer
    }

    /// On the grid of four steps: 4, 0.8, 0, −0.8, −4.
    private var thresholds: [Float] {
        let few: [Float] = [4, 0.8, 0, -0.8, -4]
        return (0...gridSteps).map { step in
            let place = Float(4 * step) / Float(gridSteps)
            let lower = min(Int(place), 3)
            return few[lower] + (few[lower + 1] - few[lower]) * (place - Float(lower))
        }
    }

    /// Writes the model into a directory and returns its path.
    public func write(into directory: URL, named name: String = "tiny.gguf") throws -> String {
        let path = directory.appendingPathComponent(name).path
        try writer().write(to: path)
        return path
    }
}
