import Conversations
import Foundation
import InferenceEngine
import MoDModel
import TestSupport
import Testing
import Tokenization

@Suite("Replies from drafts, sampled")
struct SpeculatedSamplingTests {
    private let tiny: Tiny
    private let speculation: Speculation

    init() throws {
        tiny = try Tiny()
        let capacity = try #require(Capacity(0.25))
        let own = try #require(SelfSpeculation(draftTokens: 2, draftCapacity: capacity))
        speculation = Speculation(promptLookup: false, selfSpeculation: own)
    }

    @Test(
        "are distributed as the model says at the capacity asked for (chi-square at 0.001)",
        arguments: [Float(1), 1.5])
    func distribution(penalty: Float) throws {
        let options = SamplingOptions(
            temperature: 2, topK: 3, topP: 1, repetitionPenalty: penalty, maximumTokens: 4)
        let expected = try probabilities(options)
        #expect(abs(expected.values.reduce(0, +) - 1) < 1e-6)
        var counts: [[Int32]: Double] = [:]
        var context = CachedContext(try tiny.session())
        var (drafted, kept) = (0, 0)
        for seed in UInt64(0)..<6000 {
            var options = options
            options.seed = seed
            let told = try tiny.write(tiny.prompt("hello"), options, speculation, in: &context)
            counts[told.reply.map(\.id), default: 0] += 1
            drafted += told.statistics?.draftedTokens ?? 0
            kept += told.statistics?.keptTokens ?? 0
        }
        #expect(kept > drafted / 10 && kept < drafted * 9 / 10, "drafts must be both right and wrong")
        #expect(Set(counts.keys).isSubset(of: expected.keys))
        let replies = expected.keys.sorted { $0.lexicographicallyPrecedes($1) }
        try ChiSquare.expect(replies.map { counts[$0] ?? 0 }, replies.map { expected[$0] ?? 0 })
    }

    @Test("are the same from the same seed, and others from another")
    func seeds() async throws {
        let engine = try tiny.engine(speculation: speculation)
        func reply(seed: UInt64) async -> [GeneratedToken] {
            let options = SamplingOptions(temperature: 1.5, topK: 0, topP: 1, seed: seed, maximumTokens: 20)
            return await Told(engine.generate(Tiny.asking("hello"), sampling: options)).reply
        }
        let one = await reply(seed: 1)
        #expect(await reply(seed: 1) == one)
        #expect(await reply(seed: 2) != one)
    }

    @Test("leave exactly what was told in the cache, and end as any reply does")
    func whole() throws {
        var context = CachedContext(try tiny.session(contextLength: 64))
        let prompt = tiny.prompt("hello")
        var reasons: Set<FinishReason> = []
        for seed in UInt64(0)..<80 {
            let options = SamplingOptions(temperature: 20, topK: 0, topP: 1, seed: seed, maximumTokens: 60)
            let told = try tiny.write(prompt, options, speculation, in: &context)
            let reason = try #require(told.reason)
            reasons.insert(reason)
            let read = told.reply.filter { $0.routing != nil }
            #expect(context.tokens == prompt + read.map(\.id))
            // Only the last token may find no room, be it the end of the turn or not.
            let found = read.count == told.reply.count
            #expect(found || context.tokens.count == 64 && read.count == told.reply.count - 1)
            #expect(found || told.reply.last?.routing == nil)
            #expect(!found || reason == .endOfTurn)
            #expect(told.reply.dropLast().allSatisfy { $0.id > 2 })
            #expect((told.reply.last.map { $0.id <= 2 } ?? false) == (reason == .endOfTurn))
            #expect(told.text == tiny.tokenizer.decode(told.spoken))
        }
        #expect(reasons == [.endOfTurn, .contextFull])
    }

    /// The probability of every reply of as many tokens as asked for, computed without the sampler.
    private func probabilities(_ options: SamplingOptions) throws -> [[Int32]: Double] {
        let session = try tiny.session()
        session.capacity = .dense
        var result: [[Int32]: Double] = [:]
        func follow(_ reply: [Int32], _ probability: Double) throws {
            guard reply.count < options.maximumTokens, reply.allSatisfy({ $0 > 2 }) else {
                result[reply] = probability
                return
            }
            session.truncate(to: 0)
            for token in tiny.prompt("hello") + reply { try session.forward([token], logits: .last) }
            var logits = session.withLogits(row: 0) { $0.map(Double.init) }
            for id in Set(reply).map(Int.init) {
                let factor = Double(options.repetitionPenalty)
                logits[id] = logits[id] > 0 ? logits[id] / factor : logits[id] * factor
            }
            let ranked = logits.indices.sorted { logits[$0] > logits[$1] }.prefix(options.topK)
            let weights = ranked.map { exp(logits[$0] / Double(options.temperature)) }
            for (id, weight) in zip(ranked, weights) {
                try follow(reply + [Int32(id)], probability * weight / weights.reduce(0, +))
            }
        }
        try follow([], 1)
        return result
    }
}
