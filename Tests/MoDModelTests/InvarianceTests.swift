import CInt8Kernels
import MoDModel
import TestSupport
import Testing

/// Same routes and same logits, bit for bit, however a text is run.
@Suite("Invariance", .serialized)
struct InvarianceTests {
    @Test("Chunks of any size", arguments: Variant.all, Variant.capacities)
    func chunks(variant: Variant, capacity: Capacity) throws {
        let model = try variant.model()
        let tokens = model.tokens(50)
        let whole = try model.session(capacity: capacity).feed(tokens, chunks: [tokens.count])
        var random = SeededGenerator(seed: 3)
        var cuts = [[1], [2], [3, 1], [7], [16, 5]]
        for _ in 0..<4 {
            cuts.append((0..<6).map { _ in Int.random(in: 1...20, using: &random) })
        }
        for cut in cuts {
            let record = try model.session(capacity: capacity).feed(tokens, chunks: cut)
            #expect(record.difference(from: whole) == nil, "chunks of \(cut)")
        }
    }

    @Test("Sessions whose chunks are shorter than a tile of attention", arguments: [1, 2, 3, 5])
    func shortChunks(chunkLength: Int) throws {
        let model = try Variant.all[0].model()
        // Several spans of attention.
        let tokens = model.tokens(240)
        let whole = try model.session().feed(tokens, chunks: [64])
        let record = try model.session(chunkLength: chunkLength).feed(tokens, chunks: [chunkLength])
        #expect(record.difference(from: whole) == nil)
    }

    @Test("Any number of threads", arguments: Variant.all, Variant.capacities)
    func threads(variant: Variant, capacity: Capacity) throws {
        let model = try variant.model()
        let tokens = model.tokens(13)
        let single = try model.session(capacity: capacity).feed(tokens, chunks: [11, 1, 1])
        for threads in [2, 3, 5] {
            let session = try model.session(threads: threads, capacity: capacity)
            #expect(session.threadCount == threads)
            let record = try session.feed(tokens, chunks: [11, 1, 1])
            #expect(record.difference(from: single) == nil, "\(threads) threads")
        }
    }

    /// So far into a context that a stretch of attention has several spans, stretches being partitioned among threads.
    @Test("Any number of threads far into a context", arguments: ModelFamily.all, [2, 3, 5])
    func threadsFarOn(family: ModelFamily, threads: Int) throws {
        let model = try Variant(gate: .hard, kv: .all, family: family).model(contextLength: 1024)
        let tokens = model.tokens(605)
        let chunks = Array(repeating: 60, count: 10) + [1, 1, 2, 1]
        let single = try model.session().feed(tokens, chunks: [1])
        let record = try model.session(threads: threads).feed(tokens, chunks: chunks)
        #expect(record.difference(from: single) == nil)
    }

    @Test("Any kernel set", arguments: Variant.all, Variant.capacities)
    func kernels(variant: Variant, capacity: Capacity) throws {
        let model = try variant.model()
        let tokens = model.tokens(40)
        let fastest = try model.session(capacity: capacity).feed(tokens, chunks: [17, 1, 2])
        var names = [try model.session().kernelName]
        for set in 1..<max(int8_kernels_count(), 1) {
            let session = try model.session(kernelSet: set, capacity: capacity)
            names.append(session.kernelName)
            let record = try session.feed(tokens, chunks: [17, 1, 2])
            #expect(record.difference(from: fastest) == nil, "\(session.kernelName)")
        }
        #expect(names.last == "portable")
    }

    @Test("Logits of the last token or of all")
    func logitRows() throws {
        let model = try ModelParts().open()
        let tokens = model.tokens(20)
        let all = try model.session().feed(tokens, chunks: [20])
        let session = try model.session()
        try session.forward(tokens[..<15], logits: .none)
        try session.forward(tokens[15...], logits: .last)
        let last = session.withLogits(row: 0) { $0.map(\.bitPattern) }
        #expect(last == all.logits[19].map(\.bitPattern))
        #expect(session.routing(row: 4) == all.routings[19])
    }

    @Test("At capacity 1 with the hard gate: the dense model", arguments: ModelFamily.all, KVPolicy.allCases)
    func dense(family: ModelFamily, kv: KVPolicy) throws {
        let parts = try ModelParts(Variant(gate: .hard, kv: kv, family: family).shape)
        let routed = try parts.open()
        let dense = try parts.dense().open()
        #expect(routed.description.routedBlocks == [1, 3, 4])
        #expect(dense.description.routedBlocks.isEmpty && dense.description.defaultCapacity == .dense)
        let tokens = routed.tokens(50)
        var record = try routed.session(capacity: .dense).feed(tokens, chunks: [13, 1])
        let expected = try dense.session().feed(tokens, chunks: [50])
        #expect(record.routings.allSatisfy { $0.depth == 5 && $0.scores.count == 3 })
        #expect(record.routings.allSatisfy { $0.thresholds == Array(repeating: .none, count: 3) })
        record.routings = expected.routings
        #expect(record.difference(from: expected) == nil)
    }

    /// If capacities made no difference, the tests above would pass on an engine that never bypasses.
    @Test("Routing shows in the logits", arguments: Variant.all)
    func matters(variant: Variant) throws {
        let model = try variant.model()
        let tokens = model.tokens(40)
        let records = try Variant.capacities.map {
            try model.session(capacity: $0).feed(tokens, chunks: [40])
        }
        for (left, right) in zip(records, records.dropFirst()) {
            #expect(left.routings != right.routings)
            #expect(left.logits != right.logits)
        }
    }
}
