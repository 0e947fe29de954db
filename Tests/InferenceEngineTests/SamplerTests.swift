import Conversations
import Foundation
import InferenceEngine
import Testing

@Suite("The sampler")
struct SamplerTests {
    @Test("At temperature 0 the highest logit wins, the lowest id of equal ones")
    func greedy() throws {
        #expect(try draw([1, 3, 2, 3], SamplingOptions(temperature: 0)).id == 1)
        #expect(try draw([-7, -9, -5], SamplingOptions(temperature: 0)).id == 2)
        #expect(try draw([0, 0, 0], SamplingOptions(temperature: 0)).id == 0)
    }

    @Test("A draw tells the model's own distribution, whatever the options do to it")
    func untouchedDistribution() throws {
        let logits: [Float] = [2, 1, 0, -1, -2, -3, -4, -.infinity]
        let weights = logits.map { exp(Double($0)) }
        let total = weights.reduce(0, +)
        let expected = weights.map { Float($0 / total) }
        let entropy = expected.reduce(Float(0)) { $0 - ($1 > 0 ? $1 * log($1) : 0) }

        let options = SamplingOptions(temperature: 0, topK: 1, repetitionPenalty: 5)
        let draw = try draw(logits, options, reply: [0])
        #expect(draw.id == 1, "the penalty moves the choice")
        #expect(abs(draw.probability - expected[1]) < 1e-6, "but not what is told of it")
        #expect(abs(draw.entropy - entropy) < 1e-5)
        #expect(draw.runnersUp.map(\.id) == [0, 2, 3, 4, 5])
        for runnerUp in draw.runnersUp {
            #expect(abs(runnerUp.probability - expected[Int(runnerUp.id)]) < 1e-6)
        }
    }

    @Test("The entropy of an even distribution is the logarithm of its size")
    func evenEntropy() throws {
        let draw = try draw([Float](repeating: -3, count: 4096), SamplingOptions(temperature: 0))
        #expect(abs(draw.entropy - log(4096)) < 1e-4)
        #expect(abs(draw.probability - 1 / 4096) < 1e-7)
    }

    @Test("Logits that are not finite are never drawn", arguments: [Float(0), 0.7, .infinity])
    func notFinite(temperature: Float) throws {
        let logits: [Float] = [.nan, .infinity, 1, -.infinity, 0.5, .nan]
        for seed in UInt64(0)..<50 {
            let options = SamplingOptions(
                temperature: temperature, topK: seed % 2 == 0 ? 0 : 3, topP: 1, seed: seed)
            let draw = try draw(logits, options)
            #expect([2, 4].contains(draw.id))
            #expect(draw.runnersUp.count == 1 && draw.entropy.isFinite && draw.probability.isFinite)
        }
    }

    @Test("Where no logit is finite the model is at fault", arguments: [Float.nan, .infinity, -.infinity])
    func nothingToDraw(logit: Float) {
        #expect(throws: EngineError.noPrediction) {
            try draw([Float](repeating: logit, count: 9), SamplingOptions())
        }
        #expect(throws: EngineError.noPrediction) { try draw([], SamplingOptions()) }
    }

    @Test("Options outside their range, and logits at the end of theirs, do no harm")
    func nonsense() throws {
        let odd: [Float] = [.nan, .infinity, -.infinity, -1, 0, .leastNonzeroMagnitude, 3e38, 2]
        let logits: [Float] = [3e38, -3e38, 0, 1, 3e38, -.leastNonzeroMagnitude]
        for temperature in odd {
            for value in odd {
                let options = SamplingOptions(
                    temperature: temperature, topK: value == -1 ? .min : .max, topP: value, minP: value,
                    repetitionPenalty: value, seed: 1)
                let draw = try draw(logits, options, reply: [0, 5, -1, .max])
                #expect((0..<6).contains(draw.id))
                #expect(draw.entropy >= 0 && (0...1).contains(draw.probability))
            }
        }
    }

    @Test("The same seed draws the same tokens, another seed others")
    func seeds() throws {
        func tokens(seed: UInt64) throws -> [Int32] {
            var sampler = Sampler(SamplingOptions(temperature: 1, topK: 0, topP: 1, seed: seed))
            let logits = (0..<100).map { Float($0 % 7) / 7 }
            return try (0..<64).map { _ in try sampler.draw(from: logits).id }
        }
        #expect(try tokens(seed: 1) == tokens(seed: 1))
        #expect(try tokens(seed: 1) != tokens(seed: 2))
    }

    private func draw(
        _ logits: [Float], _ options: SamplingOptions, reply: [Int32] = []
    ) throws -> Sampler.Draw {
        var sampler = Sampler(options)
        return try sampler.draw(from: logits, reply: reply)
    }
}

extension Sampler {
    /// Draws from an array.
    mutating func draw(from logits: [Float], reply: [Int32] = []) throws -> Draw {
        try logits.withUnsafeBufferPointer { try draw(from: $0, reply: reply) }
    }
}
