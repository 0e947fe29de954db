import Foundation
import GGUF
import MoDModel
import TestSupport
import Testing

@Suite("Errors of a session")
struct SessionErrorTests {
    @Test("A full context is refused, and what is there stays good", arguments: Variant.all)
    func contextFull(variant: Variant) throws {
        let model = try variant.model()
        let tokens = model.tokens(24)
        let session = try model.session(contextLength: 20, capacity: Capacity(0.5))
        let straight = try model.session(capacity: Capacity(0.5)).feed(tokens)
        try session.feed(Array(tokens[..<16]), chunks: [16])
        #expect(throws: ModelError.contextFull(limit: 20)) {
            try session.forward(tokens[16..<21], logits: .last)
        }
        #expect(session.position == 16)
        #expect(session.withLogits(row: 15) { Array($0) } == straight.logits[15])
        let rest = try session.feed(Array(tokens[16..<20]), chunks: [3])
        #expect(
            rest.difference(
                from: Record(
                    logits: Array(straight.logits[16..<20]), routings: Array(straight.routings[16..<20])))
                == nil)
        #expect(throws: ModelError.contextFull(limit: 20)) { try session.forward([0], logits: .last) }
    }

    @Test(
        "A token outside the vocabulary is refused, and the session goes on",
        arguments: [-1, 267, .max, .min])
    func tokenOutOfRange(token: Int32) throws {
        let model = try ModelParts().open()
        #expect(model.configuration.vocabularySize == 267)
        let tokens = model.tokens(12)
        let session = try model.session()
        try session.feed(Array(tokens[..<6]), chunks: [6])
        #expect(throws: ModelError.tokenOutOfRange(token: token, vocabulary: 267)) {
            try session.forward([1, 2, token], logits: .all)
        }
        #expect(session.position == 6)
        let rest = try session.feed(Array(tokens[6...]), chunks: [6])
        let straight = try model.session().feed(tokens)
        #expect(rest.difference(from: straight.suffix(from: 6)) == nil)
    }

    @Test("A kernel set that the processor lacks is refused")
    func kernelSet() throws {
        let model = try ModelParts().open()
        #expect(throws: ModelError.noKernelSet(99)) { try model.session(kernelSet: 99) }
        #expect(throws: ModelError.noKernelSet(-1)) { try model.session(kernelSet: -1) }
    }

    /// 64 heads of 512 at each of 4 blocks, a million tokens long: half a terabyte.
    @Test(
        "A cache larger than the machine is refused, and a shorter context fits",
        .enabled(if: ProcessInfo.processInfo.physicalMemory < 500 << 30, "This machine would have room."))
    func hugeCache() throws {
        var parts = try ModelParts()
        let heads = 64
        let width = heads * 512
        parts.metadata["mod-llama.context_length"] = .uint32(1 << 20)
        parts.metadata["mod-llama.attention.head_count"] = .uint32(UInt32(heads))
        parts.metadata["mod-llama.attention.head_count_kv"] = .uint32(UInt32(heads))
        parts.metadata["mod-llama.attention.key_length"] = .uint32(512)
        parts.metadata["mod-llama.rope.dimension_count"] = .uint32(512)
        let zeros = Array(repeating: Float(0), count: 64 * width)
        for block in 0..<4 {
            for name in ["attn_q", "attn_k", "attn_v"] {
                parts.set("blk.\(block).\(name).weight", shape: [64, width], floats: zeros)
            }
            parts.set("blk.\(block).attn_output.weight", shape: [width, 64], floats: zeros)
        }
        let model = try parts.open()
        let error = try #require(throws: ModelError.self) { try model.session() }
        guard case .resources(let reason) = error else {
            Issue.record("\(error)")
            return
        }
        #expect(reason.contains("1048576 tokens"))
        try model.session(contextLength: 4).feed(model.tokens(4))
    }

    /// With a table of 250 001 capacities two blocks remember 62 kB of each token, 61 GiB in all; the cache takes 0.3.
    @Test(
        "What a router remembers counts, too",
        .enabled(if: ProcessInfo.processInfo.physicalMemory < 60 << 30, "This machine would have room."))
    func hugeRecord() throws {
        var shape = TinyModel()
        shape.gridSteps = 250_000
        shape.contextLength = 1 << 20
        let model = try ModelParts(shape).open()
        let error = try #require(throws: ModelError.self) { try model.session() }
        guard case .resources(let reason) = error else {
            Issue.record("\(error)")
            return
        }
        #expect(reason.contains("1048576 tokens needs"), "\(reason)")
    }

    /// One key and value head, so that the cache is small, under 512 query heads: 65 GiB for each thread's sums.
    @Test(
        "A context whose sums need more than the machine has is refused",
        .enabled(if: ProcessInfo.processInfo.physicalMemory < 60 << 30, "This machine would have room."),
        arguments: [1, 8])
    func hugeSums(threads: Int) throws {
        var parts = try ModelParts()
        let (heads, length) = (512, 512)
        parts.metadata["mod-llama.context_length"] = .uint32(1 << 20)
        parts.metadata["mod-llama.attention.head_count"] = .uint32(UInt32(heads))
        parts.metadata["mod-llama.attention.head_count_kv"] = .uint32(1)
        parts.metadata["mod-llama.attention.key_length"] = .uint32(UInt32(length))
        parts.metadata["mod-llama.rope.dimension_count"] = .uint32(UInt32(length))
        for block in 0..<4 {
            for (name, width) in [("attn_q", heads * length), ("attn_k", length), ("attn_v", length)] {
                parts.set(
                    "blk.\(block).\(name).weight", shape: [64, width],
                    floats: Array(repeating: 0, count: 64 * width))
            }
            parts.set(
                "blk.\(block).attn_output.weight", shape: [heads * length, 64],
                floats: Array(repeating: 0, count: 64 * heads * length))
        }
        let model = try parts.open()
        let error = try #require(throws: ModelError.self) { try model.session(threads: threads) }
        guard case .resources = error else {
            Issue.record("\(error)")
            return
        }
    }

    @Test("Odd sizes are brought within reason")
    func sizes() throws {
        let model = try ModelParts().open()
        let session = try ModelSession(model: model, contextLength: 9999, threadCount: -4, chunkLength: 0)
        #expect(session.contextLength == 256 && session.threadCount == 1 && session.chunkLength == 1)
        let tiny = try ModelSession(model: model, contextLength: 0, threadCount: 1)
        #expect(tiny.contextLength == 1 && tiny.chunkLength == 1)
        try tiny.forward([5], logits: .all)
        #expect(tiny.capacity == model.description.defaultCapacity)
    }
}
