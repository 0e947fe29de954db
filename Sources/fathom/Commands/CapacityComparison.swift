import Foundation
import MoDModel
import ModelWorkshop

/// Texts scored at one capacity after another, each beside what else could be done with as many weights read.
struct CapacityComparison {
    /// The scores of the texts, all together, at one capacity.
    struct Row: Encodable {
        let capacity: Double
        /// The realised capacity: the routed blocks' work ÷ their work if every token went in full.
        let realised: Double
        /// Of all runs of 128 tokens, those that kept within 0.05 of the capacity, 0…1; nil where there are none.
        let keptRuns: Double?
        /// The share of weights read for a token, ÷ those the dense model reads.
        let reads: Double
        let perplexity: Double
        /// The perplexity ÷ that of the base model; nil where none was given.
        var timesBase: Double?
        /// The perplexity with random routing at the realised capacity.
        var random: Double?
        /// The loss above that at capacity 1 ÷ what random routing loses above it.
        var excess: Double?
        /// The perplexity where whole blocks are left out for all tokens, so many that no more weights are read, and
        /// nothing stands in for them.
        var removal: Double?
        var removedBlocks: Int?
    }

    let scorer: TextScorer
    let texts: [ScoredText]
    let policy: RoutingPolicy
    /// The base model's perplexity; nil where none was given.
    var base: Double?
    var removal: BlockRemoval?
    private var dense: Double?

    init(scorer: TextScorer, texts: [ScoredText], policy: RoutingPolicy) {
        self.scorer = scorer
        self.texts = texts
        self.policy = policy
    }

    /// Scores the texts at a capacity.
    mutating func row(at capacity: Capacity) throws(WorkshopError) -> Row {
        let learned = try scorer.score(texts, capacity: capacity, policy: policy)
        var row = Row(
            capacity: capacity.value, realised: learned.realisedCapacity, keptRuns: learned.keptShare,
            reads: learned.weightsReadShare, perplexity: learned.perplexity)
        row.timesBase = base.map { learned.perplexity / $0 }
        if capacity == .dense { dense = learned.perplexity }
        guard capacity < .dense, let realised = Capacity(learned.realisedCapacity) else { return row }
        let random = try scorer.score(texts, capacity: realised, policy: .random(seed: 1)).perplexity
        let dense = try densePerplexity()
        row.random = random
        // Where all is processed after all, random routing adds nothing either.
        if random > dense { row.excess = log(learned.perplexity / dense) / log(random / dense) }
        if let removal {
            let count = removal.count(reading: learned.weightsReadShare)
            row.removal = try removal.score(texts, removing: count).perplexity
            row.removedBlocks = count
        }
        return row
    }

    private mutating func densePerplexity() throws(WorkshopError) -> Double {
        if let dense { return dense }
        let perplexity = try scorer.score(texts, capacity: .dense).perplexity
        dense = perplexity
        return perplexity
    }
}
