import InferenceEngine
import MoDModel

/// How much of the blocks' work was done for some tokens, and how much was asked for.
struct SeenShares: Sendable, Hashable {
    /// [blocks]: the block's work ÷ that of all tokens in full; nil where nothing was measured.
    let realised: [Double?]
    /// [blocks]: the same as the table of thresholds has it for the capacities that the tokens were routed at; nil
    /// where the block has no router or the table is not known.
    let asked: [Double?]

    /// Measures the tokens of some ordinals. Of those whose capacity is not known, that of the dial is taken.
    init(_ ordinals: Range<Int>, of state: ChatState) {
        let log = state.heatmap.log
        let thinWork = state.model.weights.thinWork
        var work = [Double](repeating: 0, count: log.blocks.count)
        var seen = [Int](repeating: 0, count: log.blocks.count)
        var tokensAt: [Capacity: Int] = [:]
        var tokens = 0
        for ordinal in ordinals {
            guard let column = log[ordinal] else { continue }
            tokensAt[column.setting?.capacity ?? state.dial.capacity, default: 0] += 1
            tokens += 1
            let grades = column.token.routing.grades
            for block in 0..<min(grades.count, work.count) {
                let grade = grades[block]
                seen[block] += 1
                work[block] += grade == .full ? 1 : grade == .thin ? thinWork : 0
            }
        }
        realised = zip(work, seen).map { $1 == 0 ? nil : $0 / Double($1) }

        var asked = [Double?](repeating: nil, count: log.blocks.count)
        if let table = state.thresholds, tokens > 0 {
            for (place, block) in log.blocks.routed.enumerated() where table.rows.indices.contains(place) {
                asked[block] =
                    tokensAt.reduce(0) { sum, group in
                        let shares = table.shares(block: place, at: group.key)
                        let thin = Double(shares.processed - shares.full) * thinWork
                        return sum + (Double(shares.full) + thin) * Double(group.value)
                    } / Double(tokens)
            }
        }
        self.asked = asked
    }
}
