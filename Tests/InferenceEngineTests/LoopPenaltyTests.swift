import Conversations
import InferenceEngine
import Testing

@Suite("The loop penalty")
struct LoopPenaltyTests {
    private let tolerated = LoopPenalty.tolerated
    private var line: [Int32] { Array(100..<100 + Int32(tolerated) + 8) }

    @Test("takes nothing from what repeats fewer tokens than are tolerated")
    func tolerates() {
        let penalty = LoopPenalty(strength: 2)
        #expect(penalty.losses(after: []).isEmpty)
        #expect(penalty.losses(after: line).isEmpty)
        #expect(penalty.losses(after: line + [1] + line.prefix(tolerated - 1)).isEmpty)
    }

    @Test("takes the strength at as many as are tolerated, and 1.75 times as much with every further one")
    func grows() throws {
        let penalty = LoopPenalty(strength: 2)
        var expected: Float = 2
        for count in tolerated..<line.count {
            let losses = penalty.losses(after: line + [1] + line.prefix(count))
            #expect(losses.count == 1)
            let loss = try #require(losses[line[count]])
            #expect((loss / expected - 1).magnitude < 1e-5)
            expected *= 1.75
        }
    }

    @Test("takes from every token that went on, the most where most is repeated")
    func several() {
        let end = Array(line.prefix(tolerated))
        let reply = [7] + end + [1, 8] + end + [2, 7] + end
        let losses = LoopPenalty(strength: 1).losses(after: reply)
        #expect(losses == [1: 1.75, 2: 1])
    }

    @Test("has an end, however long a reply goes round")
    func limited() throws {
        let losses = LoopPenalty(strength: 1).losses(after: Array(repeating: 5, count: 4000))
        #expect(losses.count == 1)
        #expect(try #require(losses[5]) == 1000)
    }

    @Test("is off without a strength", arguments: [Float(0), -1, .nan, .infinity])
    func off(strength: Float) {
        #expect(LoopPenalty(strength: strength).losses(after: Array(repeating: 5, count: 99)).isEmpty)
    }

    @Test("turns a reply off its loop", arguments: [Float(0), 1])
    func draws(temperature: Float) throws {
        var options = SamplingOptions(temperature: temperature, topK: 2, topP: 1, seed: 1)
        let logits: [Float] = [0, 30, 2, 1]
        let reply = Array(repeating: Int32(1), count: 40)
        var sampler = Sampler(options)
        let drawn = try logits.withUnsafeBufferPointer { try sampler.draw(from: $0, reply: reply) }
        #expect(drawn.id != 1)
        options.loopPenalty = 0
        sampler = Sampler(options)
        let looped = try logits.withUnsafeBufferPointer { try sampler.draw(from: $0, reply: reply) }
        #expect(looped.id == 1)
    }
}
