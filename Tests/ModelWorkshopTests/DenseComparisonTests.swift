import Foundation
import MoDModel
import ModelWorkshop
import TestSupport
import Testing

@Suite("How far a routed model is from the dense one")
struct DenseComparisonTests {
    @Test("KL of two predictions, also of large logits")
    func divergence() {
        func divergence(of q: [Float], from p: [Float]) -> Double {
            q.withUnsafeBufferPointer { q in
                p.withUnsafeBufferPointer { DenseComparison.divergence(of: q, from: $0) }
            }
        }
        let expected = 0.5 * log(2) + 0.5 * log(2.0 / 3)
        for shift: Float in [0, 1000] {
            let (p, q) = ([shift, shift], [log(Float(0.25)) - shift, log(Float(0.75)) - shift])
            #expect((divergence(of: q, from: p) - expected).magnitude < 1e-4)
        }
        #expect(divergence(of: [1, 2, 3], from: [1, 2, 3]) == 0)
        #expect((divergence(of: [0, 50], from: [50, 0]) - 50).magnitude < 1e-4)
    }

    @Test("None in full, some where bypassed; only what counts is compared, over chunks and texts")
    func comparison() throws {
        var shape = TinyModel()
        shape.contextLength = 400
        let model = try Workbench().model(shape)
        let texts = [300, 40].map { length in
            ScoredText(model.tokens(length), counts: (0..<length).map { $0.isMultiple(of: 3) })
        }
        let comparison = try DenseComparison(
            model: model, corpus: ChatCorpus(chats: texts), threads: 1)
        // The first token counts, but is not predicted.
        let same = try comparison.divergence(at: .none)
        #expect(same == (0, 99 + 13))
        let apart = try comparison.divergence(at: Thresholds(.infinity))
        #expect(apart.nats > 0.01 && apart.tokens == 112)
        #expect(try comparison.divergence(at: Thresholds(.infinity)) == apart)

        let capacity = try #require(Capacity(0.5))
        let expected = try texts.reduce(0) { sum, text in
            let dense = try model.session().run(text.tokens).logits
            let session = try model.session()
            session.capacity = capacity
            session.policy = .thresholds([Thresholds(0), Thresholds(0)])
            let routed = try session.run(text.tokens).logits
            return sum
                + (1..<text.tokens.count).reduce(0) { sum, token in
                    guard text.counts[token] else { return sum }
                    let (p, q) = (dense[token - 1].map(Double.init), routed[token - 1].map(Double.init))
                    let logs = [p, q].map { x in x.map { $0 - log(x.reduce(0) { $0 + exp($1) }) } }
                    return sum + zip(logs[0], logs[1]).reduce(0) { $0 + exp($1.0) * ($1.0 - $1.1) }
                }
        }
        let found = try comparison.divergence(at: Thresholds(0))
        #expect((found.nats - expected / 112).magnitude < 1e-4 * expected)
    }
}
