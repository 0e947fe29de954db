import Foundation
import MoDModel
import TestSupport
import Testing

@Suite("The residual stream")
struct ResidualStreamTests {
    @Test(
        "Keeping it changes nothing, and its end gives the logits, bit for bit", arguments: Variant.all,
        [1, 2])
    func sameBits(variant: Variant, threads: Int) throws {
        let model = try variant.model()
        let tokens = model.tokens(40)
        let plain = try model.session(capacity: Capacity(0.5)).feed(tokens, chunks: [9, 1])
        let session = try model.session(threads: threads, capacity: Capacity(0.5))
        var record = Record()
        var ends: [[Float]] = []
        for chunk in [0..<20, 20..<21, 21..<40] {
            let stream = try session.forwardKeepingResiduals(tokens[chunk], logits: .all)
            #expect(stream.depthCount == 6 && stream.tokenCount == chunk.count)
            for row in 0..<chunk.count {
                session.withLogits(row: row) { record.logits.append(Array($0)) }
                record.routings.append(session.routing(row: row))
            }
            for row in 0..<chunk.count {
                // Bypassed blocks leave the residual alone where nothing stands in for them, others do not.
                for (block, grade) in session.routing(row: row).grades.enumerated() {
                    let isSame =
                        stream.rows(token: row, depths: block..<block + 1)
                        == stream.rows(token: row, depths: block + 1..<block + 2)
                    #expect(isSame == (grade == .bypassed && !variant.hasStandIn))
                }
            }
            let residuals = (0..<chunk.count).flatMap { stream.rows(token: $0, depths: 5..<6) }
            try residuals.withUnsafeBufferPointer { try session.readOut($0) }
            for row in 0..<chunk.count {
                session.withLogits(row: row) { ends.append(Array($0)) }
            }
        }
        #expect(record.difference(from: plain) == nil)
        #expect(Record(logits: ends, routings: plain.routings).difference(from: plain) == nil)
    }

    /// Measured: probabilities are off by 0.008 at most, and three of four first choices are clear.
    @Test("Every depth says what a plain pass in double precision says", arguments: Variant.all)
    func reference(variant: Variant) throws {
        let model = try variant.model()
        let tokens = model.tokens(24)
        let session = try model.session(capacity: Capacity(0.5))
        let stream = try session.forwardKeepingResiduals(tokens[...], logits: .none)
        let routes = tokens.indices.map { session.routing(row: $0) }
        let outcome = try ReferenceModel(model).run(tokens, along: routes, withLens: true)
        var clear = 0
        var farthest = 0.0
        for token in tokens.indices {
            let rows = stream.rows(token: token, depths: 0..<stream.depthCount)
            try rows.withUnsafeBufferPointer { try session.readOut($0) }
            for (depth, expected) in outcome.lens[token].enumerated() {
                let found = session.withLogits(row: depth) { $0.map(Double.init) }
                let (p, q) = (probabilities(found), probabilities(expected))
                farthest = zip(p, q).reduce(farthest) { max($0, ($1.0 - $1.1).magnitude) }
                let ranked = expected.sorted(by: >)
                guard ranked[0] - ranked[1] > 2 * ReferenceTests.tolerance.logit else { continue }
                clear += 1
                #expect(
                    found.indices.max { found[$0] < found[$1] }
                        == expected.indices.max { expected[$0] < expected[$1] })
            }
        }
        #expect(farthest <= 0.02, "\(farthest)")
        #expect(clear * 2 >= tokens.count * stream.depthCount, "too few first choices were clear: \(clear)")
    }

    private func probabilities(_ logits: [Double]) -> [Double] {
        let largest = logits.max() ?? 0
        let weights = logits.map { exp($0 - largest) }
        let sum = weights.reduce(0, +)
        return weights.map { $0 / sum }
    }
}
