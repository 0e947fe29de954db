public import MoDModel

/// What the model would have said at one position, had it taken the token there otherwise. All tokens before it are as
/// they were.
public struct WhatIf: Sendable, Hashable {
    /// A change to the grades of one token. Grades that it does not name stay as they were.
    public enum Change: Sendable, Hashable {
        /// One routed block takes the token at this grade. Without a thin path a thin token is one in full.
        case block(Int, Grade)
        /// All routed blocks take the token at this grade.
        case allBlocks(Grade)
    }

    /// A prediction of the next token.
    public struct Prediction: Sendable, Hashable {
        /// The most probable token.
        public var firstChoice: GeneratedToken.Candidate
        /// The probability of the token that came next in the context, 0…1; nil where none did.
        public var nextProbability: Float?
        /// The entropy of the distribution, in nats.
        public var entropy: Float

        /// Creates a prediction from its parts.
        public init(firstChoice: GeneratedToken.Candidate, nextProbability: Float?, entropy: Float) {
            self.firstChoice = firstChoice
            self.nextProbability = nextProbability
            self.entropy = entropy
        }
    }

    /// What a change comes to.
    public struct Outcome: Sendable, Hashable {
        /// The change.
        public var change: Change
        /// [blocks]: the grades with the change.
        public var grades: [Grade]
        /// The Kullback–Leibler divergence KL(as it was ‖ with the change), in nats; 0 where no grade is another.
        public var divergence: Double
        /// The prediction with the change.
        public var prediction: Prediction

        /// Creates a record of what a change comes to from its parts.
        public init(change: Change, grades: [Grade], divergence: Double, prediction: Prediction) {
            self.change = change
            self.grades = grades
            self.divergence = divergence
            self.prediction = prediction
        }
    }

    /// The position of the token in the context.
    public var position: Int
    /// [blocks]: the grades that the token was computed with.
    public var grades: [Grade]
    /// The prediction as it was.
    public var prediction: Prediction
    /// What each change comes to, in the order in which they were asked for.
    public var outcomes: [Outcome]

    /// Creates a comparison from its parts.
    public init(position: Int, grades: [Grade], prediction: Prediction, outcomes: [Outcome]) {
        self.position = position
        self.grades = grades
        self.prediction = prediction
        self.outcomes = outcomes
    }
}

extension WhatIf.Change {
    /// The grades, [blocks], with the change; only those of routed blocks change.
    func applied(to grades: [Grade], routed: [Int]) -> [Grade] {
        var grades = grades
        switch self {
        case .block(let block, let grade): if routed.contains(block) { grades[block] = grade }
        case .allBlocks(let grade): for block in routed { grades[block] = grade }
        }
        return grades
    }
}
