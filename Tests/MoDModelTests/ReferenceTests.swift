import GGUF
import MoDModel
import TestSupport
import Testing

@Suite("Against a plain forward pass")
struct ReferenceTests {
    /// Engine and reference round the same numbers to few bits, but near ties they fall to different sides, since their
    /// sums differ in the last bits, and a key or a value then moves by 1/127 of its group's largest; random weights
    /// amplify this more than trained ones. Measured: logits (up to 18) off by 0.019 in the root mean square and 0.23
    /// at most (where the dial moves on the way; 0.12 elsewhere), scores by 0.036 at most. Another system's cosines
    /// may send other ties the other way. A sublayer left out or a wrong position moves logits by whole numbers.
    static let tolerance = (meanLogit: 0.03, logit: 0.35, score: 0.08)

    @Test("Logits, scores and routes", arguments: Variant.all, Variant.capacities)
    func agreement(variant: Variant, capacity: Capacity) throws {
        let model = try variant.model()
        let tokens = model.tokens(40)
        let record = try model.session(capacity: capacity).feed(tokens, chunks: [9])
        let outcome = try ReferenceModel(model).run(tokens, along: record.routings.map(\.grades))
        let logits = zip(record.logits.joined(), outcome.logits.joined()).map { Double($0) - $1 }
        let square = logits.reduce(0) { $0 + $1 * $1 } / Double(logits.count)
        #expect(square.squareRoot() <= Self.tolerance.meanLogit)
        #expect(logits.allSatisfy { $0.magnitude <= Self.tolerance.logit })
        let scores = zip(record.routings.map(\.scores).joined(), outcome.scores.joined())
        #expect(scores.allSatisfy { (Double($0) - $1).magnitude <= Self.tolerance.score })
        checkRoutes(record, outcome, model: model, capacity: capacity)
    }

    @Test(
        "Rotary angles divided by one factor, by one for each pair, or by both",
        arguments: ["linear", "pairs", "both"])
    func scaledAngles(kind: String) throws {
        var shape = TinyModel()
        if kind != "pairs" {
            shape.extraKeys = ["rope.scaling.type": .string("linear"), "rope.scaling.factor": .float32(4)]
        }
        if kind != "linear" { shape.rotaryFactors = (0..<16).map { 1 + Float($0) / 2 } }
        let model = try ModelParts(shape).open()
        let tokens = model.tokens(40)
        let record = try model.session(capacity: .dense).feed(tokens, chunks: [9])
        let outcome = try ReferenceModel(model).run(tokens, along: record.routings.map(\.grades))
        let distances = zip(record.logits.joined(), outcome.logits.joined()).map { Double($0) - $1 }
        #expect(distances.allSatisfy { $0.magnitude <= Self.tolerance.logit })
        let plain = try ModelParts().open().session(capacity: .dense).feed(tokens, chunks: [9])
        let effect = zip(record.logits.joined(), plain.logits.joined()).map { ($0 - $1).magnitude }
        #expect(try #require(effect.max()) > 1, "else this test means nothing")
    }

    /// Decisions are the reference's own wherever its score is not next to the threshold.
    private func checkRoutes(
        _ record: Record, _ outcome: ReferenceModel.Outcome, model: MoDModel, capacity: Capacity
    ) {
        var sure = 0
        let routed = model.description.routedBlocks
        for (position, routing) in record.routings.enumerated() {
            for (index, score) in outcome.scores[position].enumerated() {
                let thresholds = model.thresholds.thresholds(block: index, at: capacity)
                let isAnchor = position < model.description.anchorTokens
                let distance = min(
                    (score - Double(thresholds.full)).magnitude, (score - Double(thresholds.thin)).magnitude)
                guard isAnchor || distance > Self.tolerance.score else { continue }
                sure += 1
                let expected: Grade =
                    isAnchor || score >= Double(thresholds.full)
                    ? .full : score >= Double(thresholds.thin) ? .thin : .bypassed
                #expect(routing.grades[routed[index]] == expected, "token \(position), block \(index)")
            }
        }
        #expect(sure * 10 >= record.routings.count * routed.count * 8, "too few decisions were clear")
    }
}
