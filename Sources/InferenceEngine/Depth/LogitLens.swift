public import MoDModel

/// What the model would have said after each block: the final norm and the head, applied to the residual there (the
/// logit lens, nostalgebraist 2020).
///
/// A token's residual becomes the prediction of the token **after** it. So at position p the lens shows how the
/// prediction of the token at p + 1 takes shape.
public enum LogitLens {
    /// What the model would have said after some blocks.
    public struct Depth: Sendable, Hashable {
        /// The most probable next tokens, most probable first; at least one.
        public var top: [GeneratedToken.Candidate]
        /// The entropy of the whole distribution, in nats.
        public var entropy: Float
        /// The probability of the token that is the first choice after the last block, 0…1.
        public var finalProbability: Float
        /// The probability of the token that came next in the context, 0…1; nil where none did.
        public var nextProbability: Float?

        /// Creates a record of one depth from its parts.
        public init(
            top: [GeneratedToken.Candidate], entropy: Float, finalProbability: Float, nextProbability: Float?
        ) {
            self.top = top
            self.entropy = entropy
            self.finalProbability = finalProbability
            self.nextProbability = nextProbability
        }
    }

    /// The lens at one position.
    public struct Reading: Sendable, Hashable {
        /// The position of the token in the context.
        public var position: Int
        /// The token that was read there, an index of the vocabulary.
        public var id: Int32
        /// What the token reads as by itself; part of a character reads as U+FFFD.
        public var text: String
        /// The token that came next; nil at the end of the context.
        public var next: GeneratedToken.Candidate?
        /// [blocks]: the grades that the token was computed with.
        public var grades: [Grade]
        /// The routed blocks' work for the token ÷ their work if they all took it in full, 0…1; 1 in a dense model.
        public var work: Double
        /// [blocks + 1]: what the model would have said after the embedding (0) and after so many blocks. After a block
        /// that bypassed the token it is what it was before.
        public var depths: [Depth]

        /// Creates a reading from its parts.
        public init(
            position: Int, id: Int32, text: String, next: GeneratedToken.Candidate?, grades: [Grade],
            work: Double, depths: [Depth]
        ) {
            self.position = position
            self.id = id
            self.text = text
            self.next = next
            self.grades = grades
            self.work = work
            self.depths = depths
        }

        /// The settling depth: the least number of blocks after which the first choice is that after the last block,
        /// and stays so; 0 where the embedding alone decides. The settling block is the one before, `settled − 1`.
        public var settled: Int {
            let final = depths.last?.top.first?.id
            return (depths.lastIndex { $0.top.first?.id != final } ?? -1) + 1
        }
    }

    /// Spearman's rank correlation between the work done for each token and its settling depth; nil for fewer than two
    /// tokens, and where either is the same for all.
    public static func correlation(of readings: [Reading]) -> Double? {
        RankCorrelation.spearman(readings.map(\.work), readings.map { Double($0.settled) })
    }
}
