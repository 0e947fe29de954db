import Foundation
import MoDModel

/// Makes readings of residuals.
struct LensReader {
    let vocabulary: ReplyVocabulary
    let description: ModelDescription
    private var logits = Logits()

    /// Residuals that are read out together.
    private static let rowsAtOnce = 128

    init(_ vocabulary: ReplyVocabulary, _ description: ModelDescription) {
        self.vocabulary = vocabulary
        self.description = description
    }

    /// Reads the lens at the positions of a pass, with the `top` most probable tokens of each depth.
    ///
    /// - Throws: `EngineError.noPrediction` where the model gives no token a probability, `EngineError.model`,
    ///   `CancellationError`.
    mutating func readings(
        of pass: ReplayContext.Pass, in context: ReplayContext, record: ContextRecord, top: Int
    ) throws -> [LogitLens.Reading] {
        // Where a block bypassed a token, its residual is what it was before. The last depth comes first: the other
        // ones look for its first choice.
        let depths = pass.grades.map { grades in
            [0] + grades.indices.filter { grades[$0] > .bypassed }.map { $0 + 1 }
        }
        var readings: [LogitLens.Reading] = []
        var first = 0
        while first < depths.count {
            // Few tokens at once, so that residuals are not copied as a whole.
            var tokens = first..<first + 1
            var count = depths[first].count
            while tokens.upperBound < depths.count,
                count + depths[tokens.upperBound].count <= Self.rowsAtOnce
            {
                count += depths[tokens.upperBound].count
                tokens = first..<tokens.upperBound + 1
            }
            readings += try self.readings(
                at: tokens, depths: depths[tokens], of: pass, in: context, record: record, top: top)
            first = tokens.upperBound
        }
        return readings
    }

    /// - Parameter depths: of each of the tokens, those at which its residual is another than before, ascending.
    private mutating func readings(
        at tokens: Range<Int>, depths: ArraySlice<[Int]>, of pass: ReplayContext.Pass,
        in context: ReplayContext, record: ContextRecord, top: Int
    ) throws -> [LogitLens.Reading] {
        let places = tokens.flatMap { token in depths[token].reversed().map { (token: token, depth: $0) } }
        var readings: [LogitLens.Reading] = []
        var found: [LogitLens.Depth] = []
        var final: Int32?
        let rows = places.flatMap { pass.stream.rows(token: $0.token, depths: $0.depth..<$0.depth + 1) }
        try context.readOut(rows) { row, logits in
            let (token, depth) = places[row]
            let position = pass.positions.lowerBound + token
            let result = try self.depth(
                logits, final: final, next: record.next(after: position), top: top)
            final = final ?? result.top[0].id
            found.append(result)
            guard depth == 0 else { return }
            let each = (0..<pass.stream.depthCount).map { depth in
                found[found.count - 1 - (depths[token].lastIndex { $0 <= depth } ?? 0)]
            }
            readings.append(reading(position, pass.grades[token], each, of: record))
            found = []
            final = nil
        }
        return readings
    }

    private func reading(
        _ position: Int, _ grades: [Grade], _ depths: [LogitLens.Depth], of record: ContextRecord
    ) -> LogitLens.Reading {
        let routed = description.routedBlocks
        let routing = TokenRouting(grades: grades, scores: [], thresholds: [], reasons: [])
        let work = routing.work(at: routed, thinWork: description.weights.thinWork)
        return LogitLens.Reading(
            position: position, id: record.tokens[position],
            text: vocabulary.text(of: record.tokens[position]),
            next: record.next(after: position).map {
                GeneratedToken.Candidate(
                    id: $0, text: vocabulary.text(of: $0), probability: depths.last?.nextProbability ?? 0)
            },
            grades: grades, work: routed.isEmpty ? 1 : work / Double(routed.count), depths: depths)
    }

    /// - Parameter final: the first choice after the last block; nil where these logits are those after the last.
    private mutating func depth(
        _ row: UnsafeBufferPointer<Float>, final: Int32?, next: Int32?, top: Int
    ) throws(EngineError) -> LogitLens.Depth {
        logits.load(row)
        let ranking = logits.ranking(max(top, 1))
        guard let best = ranking.first else { throw .noPrediction }
        return logits.values.withUnsafeBufferPointer { values in
            let distribution = Distribution(of: values, maximum: best.value)
            func probability(_ id: Int32) -> Float { distribution.probability(of: values[Int(id)]) }
            return LogitLens.Depth(
                top: ranking.map { token in
                    GeneratedToken.Candidate(
                        id: token.id, text: vocabulary.text(of: token.id), probability: probability(token.id))
                },
                entropy: distribution.entropy, finalProbability: probability(final ?? best.id),
                nextProbability: next.map(probability))
        }
    }

    /// Compares what changes to the grades of a token come to. The context must hold all tokens before it.
    ///
    /// - Throws: as `readings` does.
    mutating func whatIf(
        _ changes: [WhatIf.Change], at position: Int, of record: ContextRecord, by setting: RoutingSetting,
        in context: inout ReplayContext
    ) throws -> WhatIf {
        let next = record.next(after: position)
        func attempt(_ grades: [Grade]?) throws -> (grades: [Grade], values: [Float], depth: LogitLens.Depth)
        {
            var result: (grades: [Grade], values: [Float], depth: LogitLens.Depth)?
            try context.tryNext(of: record, at: grades, by: setting) { grades, row in
                let depth = try depth(row, final: nil, next: next, top: 1)
                result = (grades, logits.values, depth)
            }
            guard let result else { throw EngineError.noPrediction }
            return result
        }
        let was = try attempt(nil)
        let outcomes = try changes.map { change in
            let grades = change.applied(to: was.grades, routed: description.routedBlocks)
            let outcome = grades == was.grades ? was : try attempt(grades)
            return WhatIf.Outcome(
                change: change, grades: grades,
                divergence: grades == was.grades ? 0 : Self.divergence(of: was.values, outcome.values),
                prediction: WhatIf.Prediction(outcome.depth))
        }
        return WhatIf(
            position: position, grades: was.grades, prediction: WhatIf.Prediction(was.depth),
            outcomes: outcomes)
    }

    /// KL(p ‖ q) of the distributions that two rows of logits give, in nats.
    static func divergence(of p: [Float], _ q: [Float]) -> Double {
        let (first, second) = (logarithmOfSum(p), logarithmOfSum(q))
        let sum = zip(p, q).reduce(0.0) { sum, pair in
            let logarithm = Double(pair.0) - first
            let probability = exp(logarithm)
            // What cannot come counts nothing, whatever the other says of it.
            return probability > 0 ? sum + probability * (logarithm - (Double(pair.1) - second)) : sum
        }
        return max(sum, 0)
    }

    private static func logarithmOfSum(_ logits: [Float]) -> Double {
        let largest = Double(logits.max() ?? 0)
        return largest + log(logits.reduce(0) { $0 + exp(Double($1) - largest) })
    }
}

extension WhatIf.Prediction {
    fileprivate init(_ depth: LogitLens.Depth) {
        self.init(
            firstChoice: depth.top[0], nextProbability: depth.nextProbability, entropy: depth.entropy)
    }
}

extension ContextRecord {
    /// The token after a position; nil at the end.
    func next(after position: Int) -> Int32? {
        position + 1 < tokens.count ? tokens[position + 1] : nil
    }
}
