import Conversations
import Foundation
import InferenceEngine
import Testing

@Suite("What is left of a draft, over many drafts")
struct DraftVerificationTests {
    /// Logits at the draft's capacity, from close to those at the capacity asked for to far from them.
    static let drafts: [[Float]] = [
        [0.6, 1.8, -1, 1.2, 0.1, 1.3, -2, -0.4],
        [2, 0.5, 1, -1, 1.5, 0, -0.5, -2],
        [0, 0, 0, 0, 0, 0, 0, 0],
        // Nearly always a token that is nearly never right.
        [-2, -2, -2, -2, -2, -2, 4, -2],
    ]

    @Test(
        "is distributed as if nothing had been drafted (chi-square at 0.001)",
        arguments: DrawnDistributionTests.settings, drafts)
    func distribution(setting: DrawnDistributionTests.Setting, draft: [Float]) throws {
        let rounds = 10_000
        var counts = [Double](repeating: 0, count: draft.count)
        var sampler = Sampler(setting.options)
        for _ in 0..<rounds {
            let drafted = try sampler.drafted(from: draft)
            counts[Int(try sampler.verify(drafted, from: DrawnDistributionTests.logits).draw.id)] += 1
        }
        try ChiSquare.expect(counts, setting.expected)
    }

    @Test("keeps drafts as often as the two distributions overlap")
    func keptDrafts() throws {
        let options = SamplingOptions(temperature: 1, topK: 0, topP: 1, seed: 4)
        let target = probabilities(DrawnDistributionTests.logits)
        for draft in Self.drafts {
            let overlap = zip(target, probabilities(draft)).reduce(0) { $0 + min($1.0, $1.1) }
            var sampler = Sampler(options)
            let rounds = 10_000
            var (kept, contradictions) = (0.0, 0)
            for _ in 0..<rounds {
                let drafted = try sampler.drafted(from: draft)
                let (draw, isKept) = try sampler.verify(drafted, from: DrawnDistributionTests.logits)
                kept += isKept ? 1 : 0
                contradictions += isKept == (draw.id == drafted.id) ? 0 : 1
            }
            #expect(contradictions == 0, "what is not kept is replaced by another token")
            let deviation = (overlap * (1 - overlap) / Double(rounds)).squareRoot()
            #expect(abs(kept / Double(rounds) - overlap) < 4 * deviation)
        }
    }

    @Test("minds the repetition penalty on both sides")
    func penalty() throws {
        let options = SamplingOptions(temperature: 1, topK: 0, topP: 1, repetitionPenalty: 2, seed: 9)
        var penalised = DrawnDistributionTests.logits
        penalised[1] /= 2
        penalised[2] *= 2
        var counts = [Double](repeating: 0, count: penalised.count)
        var sampler = Sampler(options)
        for _ in 0..<10_000 {
            let drafted = try sampler.drafted(from: Self.drafts[0], reply: [1, 2])
            let verified = try sampler.verify(drafted, from: DrawnDistributionTests.logits, reply: [1, 2])
            counts[Int(verified.draw.id)] += 1
        }
        try ChiSquare.expect(counts, probabilities(penalised))
    }

    @Test("is at temperature 0 what would have been taken without a draft")
    func greedy() throws {
        let logits = DrawnDistributionTests.logits
        for draft in Self.drafts {
            var sampler = Sampler(SamplingOptions(temperature: 0, repetitionPenalty: 1))
            let drafted = try sampler.drafted(from: draft)
            let verified = try sampler.verify(drafted, from: logits)
            #expect(verified.draw.id == 1)
            #expect(verified.isKept == (drafted.id == 1))
        }
    }

    @Test("tells the distribution of the capacity asked for, whether the draft is kept or not")
    func told() throws {
        let options = SamplingOptions(temperature: 1, topK: 0, topP: 1, seed: 2)
        var sampler = Sampler(options)
        var outcomes: Set<Bool> = []
        for _ in 0..<50 {
            let drafted = try sampler.drafted(from: Self.drafts[1])
            let (draw, isKept) = try sampler.verify(drafted, from: DrawnDistributionTests.logits)
            outcomes.insert(isKept)
            let expected = probabilities(DrawnDistributionTests.logits)[Int(draw.id)]
            #expect(abs(Double(draw.probability) - expected) < 1e-6)
            #expect(draw.runnersUp.count == Sampler.runnerUpCount)
            #expect(!draw.runnersUp.contains { $0.id == draw.id })
        }
        #expect(outcomes == [true, false])
    }

    @Test("Nothing is drafted where nothing is predicted", arguments: [Float(0), 1])
    func nothingPredicted(temperature: Float) {
        var sampler = Sampler(SamplingOptions(temperature: temperature, topK: 0, topP: 1))
        #expect(sampler.draft(from: [.nan, -.infinity, .infinity]) == nil)
        #expect(sampler.draft(from: []) == nil)
    }

    private func probabilities(_ logits: [Float]) -> [Double] {
        let weights = logits.map { exp(Double($0)) }
        let total = weights.reduce(0, +)
        return weights.map { $0 / total }
    }
}

extension Sampler {
    /// Drafts from an array.
    fileprivate mutating func draft(from logits: [Float], reply: [Int32] = []) -> Drafted? {
        logits.withUnsafeBufferPointer { draft(from: $0, reply: reply) }
    }

    /// Drafts from an array that predicts something.
    fileprivate mutating func drafted(from logits: [Float], reply: [Int32] = []) throws -> Drafted {
        let drafted = draft(from: logits, reply: reply)
        return try #require(drafted)
    }

    /// Verifies against an array.
    fileprivate mutating func verify(
        _ drafted: Drafted, from logits: [Float], reply: [Int32] = []
    ) throws -> (draw: Draw, isKept: Bool) {
        try logits.withUnsafeBufferPointer { try verify(drafted, from: $0, reply: reply) }
    }
}
