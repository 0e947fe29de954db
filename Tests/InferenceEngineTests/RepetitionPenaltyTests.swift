import InferenceEngine
import Testing

@Suite("The repetition penalty")
struct RepetitionPenaltyTests {
    @Test("divides positive logits and multiplies negative ones, once a token")
    func signs() {
        var logits: [Float] = [4, -4, 0, 4]
        RepetitionPenalty(factor: 2).apply(to: &logits, reply: [0, 1, 2, 0])
        #expect(logits == [2, -8, 0, 4])
    }

    @Test("looks back over the window and no further")
    func window() {
        var logits: [Float] = [4, 4, 4]
        let reply = [0] + [1] + [Int32](repeating: 2, count: RepetitionPenalty.window - 1)
        RepetitionPenalty(factor: 2).apply(to: &logits, reply: reply)
        #expect(logits == [4, 2, 2])
    }

    @Test("is off at 1 and at factors that make no sense", arguments: [Float(1), 0, -2, .nan, .infinity])
    func off(factor: Float) {
        var logits: [Float] = [4, -4]
        RepetitionPenalty(factor: factor).apply(to: &logits, reply: [0, 1])
        #expect(logits == [4, -4])
    }
}
