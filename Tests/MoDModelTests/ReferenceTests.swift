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
        let outcome = try ReferenceModel(model).run(tokens, along: record.routings)
        let logits = zip(record.logits.joined(), outcome.logits.joined()).map { Double($0) - $1 }
        let square = logits.reduce(0) { $0 + $1 * $1 } / Double(logits.count)
        // The weights of experts move with their scores.
        let slack = model.configuration.experts == nil ? 1.0 : 2
        #expect(square.squareRoot() <= slack * Self.tolerance.meanLogit)
        #expect(logits.allSatisfy { $0.magnitude <= slack * Self.tolerance.logit })
        let scores = zip(record.routings.map(\.scores).joined(), outcome.scores.joined())
        #expect(scores.allSatisfy { (Double($0) - $1).magnitude <= slack * Self.tolerance.score })
        checkRoutes(record, outcome, model: model, capacity: capacity)
        if let experts = model.configuration.experts {
            checkExperts(record, outcome, experts, anchors: model.description.anchorTokens)
        }
    }

    /// The experts taken are those of the highest softmaxes, up to the no-op's, but for those next to each other.
    private func checkExperts(
        _ record: Record, _ outcome: ReferenceModel.Outcome, _ experts: ExpertConfiguration, anchors: Int
    ) {
        let close = 0.05
        var taken: Set<[UInt16]> = []
        for (position, routing) in record.routings.enumerated() {
            let isWhole = position < anchors && experts.weighting == .equal
            #expect(zip(routing.grades, routing.experts).allSatisfy { $0.0 > .bypassed || $0.1.isEmpty })
            let processed = zip(routing.grades, routing.experts).filter { $0.0 > .bypassed }.map(\.1)
            for (chosen, shares) in zip(processed, outcome.expertShares[position]) {
                let ranked = shares.indices.sorted { shares[$0] > shares[$1] }
                if isWhole {
                    #expect(Set(chosen) == Set(0..<UInt16(experts.count)))
                    continue
                }
                taken.insert(chosen)
                let noOp = ranked.firstIndex(of: experts.count) ?? .max
                let expected = ranked.prefix(min(experts.used, noOp))
                for (mine, place) in zip(chosen, expected) {
                    #expect((shares[Int(mine)] - shares[place]).magnitude <= close)
                }
                let (fewer, more) = (min(chosen.count, expected.count), max(chosen.count, expected.count))
                #expect((fewer..<more).allSatisfy { shares[ranked[$0]] - shares[ranked[$0 + 1]] <= close })
            }
        }
        #expect(taken.count > 4, "else this shows little")
        #expect(!experts.hasNoOp || Set(taken.map(\.count)) == Set(0...experts.used))
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
        let outcome = try ReferenceModel(model).run(tokens, along: record.routings)
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
