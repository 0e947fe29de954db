import Conversations
import InferenceEngine
import MoDModel
import TestSupport
import Testing

@Suite("Prompt lookup")
struct PromptLookupTests {
    /// Twelve tokens that are all different.
    private let piece = Array(Int32(100)..<112)

    /// A lookup for which a further token costs this much of a pass over one.
    private func lookup(cost: Double) -> PromptLookup {
        var lookup = PromptLookup()
        lookup.note(tokens: 1, took: 1)
        for _ in 0..<200 {
            lookup.note(tokens: 2, took: 1 + cost)
            lookup.note(tokens: 9, took: 1 + 8 * cost)
        }
        return lookup
    }

    @Test("copies what followed where the last tokens stood before")
    func copies() {
        var lookup = lookup(cost: 0.02)
        let context = piece + [1, 2] + piece.prefix(8)
        let draft = lookup.draft(after: context, piece[8], limit: 15)
        #expect(draft.starts(with: Array(piece[9...]) + [1, 2]), "the rest, and what came after it")
        #expect(draft.count <= PromptLookup.longestDraft)
    }

    @Test("takes the longest match, and of equal ones the latest")
    func longest() {
        var lookup = lookup(cost: 0.02)
        let long = lookup.draft(after: [1, 2, 3, 4, 50, 9, 3, 4, 60, 9, 1, 2, 3], 4, limit: 1)
        #expect(long == [50])
        let late = lookup.draft(after: [1, 2, 3, 50, 9, 1, 2, 3, 60, 9, 1, 2], 3, limit: 1)
        #expect(late == [60])
    }

    @Test("goes on with its own copy where that reaches the newest token")
    func overlaps() {
        var lookup = lookup(cost: 0.02)
        let draft = lookup.draft(after: [1, 2, 3, 1, 2, 3, 1, 2], 3, limit: 8)
        #expect(draft == [1, 2, 3, 1, 2, 3, 1, 2])
    }

    @Test("goes on behind a word that was replaced, or left out")
    func resumes() {
        let piece = Array(Int32(100)..<120)
        // The piece again, with its ninth token replaced by 1, or by three others, or left out.
        for edit in [[1], [1, 2, 3], []] as [[Int32]] {
            var lookup = lookup(cost: 0.02)
            var context = piece + [99] + piece.prefix(7)
            #expect(lookup.draft(after: context, piece[7], limit: 15).first == piece[8])
            context.append(piece[7])
            for token in edit {
                #expect(lookup.draft(after: context, token, limit: 15) == [])
                context.append(token)
            }
            #expect(lookup.draft(after: context, piece[9], limit: 3) == Array(piece[10..<13]), "\(edit)")
        }
    }

    @Test("drafts nothing where fewer than two tokens stood before, or there is no room")
    func nothing() {
        var lookup = lookup(cost: 0.02)
        #expect(lookup.draft(after: [], 1, limit: 15) == [])
        #expect(lookup.draft(after: [1, 2, 3], 1, limit: 15) == [])
        for limit in [-1, 0] {
            #expect(lookup.draft(after: piece + piece.prefix(8), piece[8], limit: limit) == [])
        }
        for limit in 1...15 {
            #expect(lookup.draft(after: piece + piece.prefix(8), piece[8], limit: limit).count <= limit)
        }
    }

    @Test("drafts no more than pays at what a further token costs")
    func pays() {
        let context = piece + piece.prefix(8)
        var counts: [Int] = []
        for cost in [0.02, 0.1, 0.3, 1] {
            var lookup = lookup(cost: cost)
            counts.append(lookup.draft(after: context, piece[8], limit: 15).count)
        }
        #expect(counts == counts.sorted(by: >), "\(counts)")
        #expect(counts[0] > counts[3] && counts[3] == 0, "\(counts)")
    }

    @Test("takes no pass that was held up for what passes cost")
    func heldUp() {
        var lookup = lookup(cost: 0.05)
        lookup.note(tokens: 4, took: 1e9)
        lookup.note(tokens: 4, took: .infinity)
        lookup.note(tokens: 4, took: .nan)
        lookup.note(tokens: 0, took: 1)
        lookup.note(tokens: 1, took: 1e9)
        #expect(!lookup.draft(after: piece + piece.prefix(8), piece[8], limit: 15).isEmpty)
        // Nor is a further token cheap because one pass over a single token was not.
        var dear = self.lookup(cost: 1)
        dear.note(tokens: 1, took: 1e9)
        for _ in 0..<3 { dear.note(tokens: 2, took: 2) }
        #expect(dear.draft(after: piece + piece.prefix(8), piece[8], limit: 15) == [])
    }

    @Test("learns from copies it does not draft, so it begins again when they come true")
    func learns() {
        var lookup = lookup(cost: 0.2)
        /// Pairs that stood before, each followed by something else than now, or by the same.
        func read(_ followers: (Int32) -> Int32, count: Int32) -> [Int] {
            (0..<count).map { index in
                let pair: [Int32] = [1000 + 2 * index, 1001 + 2 * index]
                let context = pair + [followers(index), 7, pair[0]]
                let drafted = lookup.draft(after: context, pair[1], limit: 15).count
                // What comes is 5.
                _ = lookup.draft(after: context + [pair[1]], 5, limit: 15)
                return drafted
            }
        }
        let wrong = read({ _ in 6 }, count: 60)
        #expect(wrong[59] == 0, "\(wrong)")
        let right = read({ _ in 5 }, count: 60)
        #expect(right[0] == 0 && right[59] > 0, "\(right)")
    }
}

/// Every reply here is written twice, with copied drafts and without; whatever the temperature, the events must be the
/// same, to the last bit of probabilities and scores.
@Suite("A reply from copied drafts")
struct CopiedDraftTests {
    @Test(
        "is the same to the last bit at any temperature and capacity",
        arguments: [Float(0), 0.6, 1.5], [0.5, 0.75, 1])
    func lossless(temperature: Float, capacity: Double) throws {
        var kept = 0
        for kv in ["all", "routed"] {
            var shape = TinyModel()
            shape.kv = kv
            let tiny = try Tiny(shape)
            for seed in UInt64(0)..<6 {
                let options = SamplingOptions(
                    temperature: temperature, topK: 2, repetitionPenalty: 1, seed: seed, maximumTokens: 40)
                kept += try expectSame(
                    tiny, "the the the the", options, at: Capacity(capacity))
            }
        }
        #expect(kept > 0, "some copy must be right for this test to mean anything")
    }

    @Test("ends where it would, wherever in a draft that is", arguments: 1...20)
    func ends(count: Int) throws {
        let tiny = try Tiny()
        let question = "the the the the"
        var options = SamplingOptions(temperature: 0, repetitionPenalty: 1, maximumTokens: count)
        options.loopPenalty = 0
        var kept = try expectSame(tiny, question, options)
        options.maximumTokens = 100
        let prompt = tiny.prompt(question).count
        kept += try expectSame(tiny, question, options, contextLength: prompt + count)
        kept += try expectSame(tiny, question, options) { told, desk in
            if told.reply.count == count { desk.cancelCurrent() }
        }
        let low = try #require(Capacity(0.5))
        options.maximumTokens = 30
        kept += try expectSame(tiny, question, options) { told, desk in
            if told.reply.count == count { desk.capacity = low }
        }
        #expect(kept > 0, "some copy must be right for this test to mean anything")
    }

    /// Returns how many copied tokens were kept.
    private func expectSame(
        _ tiny: Tiny, _ question: String, _ options: SamplingOptions, at capacity: Capacity? = nil,
        contextLength: Int? = nil, sourceLocation: SourceLocation = #_sourceLocation,
        step: (Told, ReplyDesk) -> Void = { _, _ in }
    ) throws -> Int {
        let prompt = tiny.prompt(question)
        var context = CachedContext(try tiny.session(contextLength: contextLength))
        let plain = try tiny.write(prompt, options, .none, at: capacity, in: &context, step: step)
        var other = CachedContext(try tiny.session(contextLength: contextLength))
        let drafted = try tiny.write(
            prompt, options, Speculation(), at: capacity, in: &other, step: step)
        #expect(drafted.reply == plain.reply, sourceLocation: sourceLocation)
        #expect(drafted.reason == plain.reason, sourceLocation: sourceLocation)
        #expect(drafted.text == plain.text, sourceLocation: sourceLocation)
        #expect(other.tokens == context.tokens, sourceLocation: sourceLocation)
        #expect(
            drafted.statistics?.realisedCapacity == plain.statistics?.realisedCapacity,
            sourceLocation: sourceLocation)
        return drafted.statistics?.keptTokens ?? 0
    }
}
