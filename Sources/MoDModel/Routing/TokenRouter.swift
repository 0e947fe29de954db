/// Decides how deep each token goes through each routed block: the one place where scores become grades.
///
/// Decisions are made in the order of positions, block by block, and follow from the scores alone; so they are the same
/// however a text is cut into chunks and however many threads there are. What a policy remembers is kept for every
/// position, so that tokens can be taken back.
///
/// Every compute thread makes all decisions of a chunk for itself, which takes less time than meeting once more; one of
/// them records.
///
/// `@unchecked Sendable`: the recorder writes what belongs to the positions of its chunk, the others read what belongs to
/// the positions before it; `adopt` is called between chunks.
package final class TokenRouter: @unchecked Sendable {
    private let table: ThresholdTable
    private let anchors: Int
    /// The work of a token that goes thin, ÷ that of one in full; 1 without a thin path.
    private let thinWork: Float
    private let contextLength: Int
    private let spreads: [Float]
    /// [routed block][position]: the feedback in force at that position.
    private let feedback: AlignedBuffer<Feedback>
    /// [routed block][position]: what was decided there.
    private let grades: AlignedBuffer<Grade.RawValue>
    private var policy = RoutingPolicy.held
    private var capacity = Capacity.dense
    private var targets: [Target]

    /// What a routed block is asked for.
    private struct Target {
        var thresholds = Thresholds.none
        var shares = BlockShares(full: 1, processed: 1)
    }

    package init(
        table: ThresholdTable, anchors: Int, thinWork: Float, contextLength: Int
    ) throws(ModelError) {
        self.table = table
        self.anchors = anchors
        self.thinWork = thinWork
        self.contextLength = contextLength
        spreads = table.rows.indices.map { table.spread(block: $0) }
        targets = table.rows.map { _ in Target() }
        feedback = try AlignedBuffer(table.rows.count * (contextLength + 1))
        grades = try AlignedBuffer(table.rows.count * contextLength)
    }

    /// What holds from the next token on.
    package func adopt(_ policy: RoutingPolicy, capacity: Capacity) {
        guard policy != self.policy || capacity != self.capacity else { return }
        self.policy = policy
        self.capacity = capacity
        for block in targets.indices {
            switch policy {
            case .thresholds(let given):
                precondition(given.count == targets.count, "thresholds for each routed block")
                targets[block] = Target(thresholds: given[block])
            case .budget:
                // The limit is every block's own, so each is asked for as much, whatever its share of the capacity.
                let own = table.capacity(block: block, work: Float(capacity.value), thinWork: thinWork)
                targets[block] = target(block: block, at: capacity < .dense ? own : capacity)
            case .held, .table, .random:
                targets[block] = target(block: block, at: capacity)
            }
        }
    }

    private func target(block: Int, at capacity: Capacity) -> Target {
        Target(
            thresholds: table.thresholds(block: block, at: capacity),
            shares: table.shares(block: block, at: capacity))
    }

    /// Why the token at a position goes in full whatever its score, if it does.
    private func exemption(position: Int) -> RoutingReason? {
        if position < anchors { return .anchor }
        if case .thresholds = policy { return nil }
        return capacity == .dense ? .dense : nil
    }

    /// Whether the score of the token at a position must be there before it is decided about. Chance needs none, but a
    /// bypassed token's score is not computed later.
    func needsScore(position: Int) -> Bool {
        exemption(position: position) == nil
    }

    /// Decides about some tokens at a routed block (its index among the routed ones).
    ///
    /// - Parameters:
    ///   - position: of the first.
    ///   - scores: [count]; what it holds does not matter where no score decides.
    ///   - decisions: [count], written.
    ///   - inForce: [count], written by the one that records: the thresholds each token was held to; nil for the others.
    package func decide(
        block: Int, position: Int, count: Int, scores: UnsafePointer<Float>,
        into decisions: UnsafeMutablePointer<RoutingDecision>,
        recording inForce: UnsafeMutablePointer<Thresholds>?
    ) {
        let history = grades.pointer + block * contextLength
        let feedbacks = feedback.pointer + block * (contextLength + 1)
        var feedback = feedbacks[position]
        var budget = budget(position: position, history: history)
        for place in 0..<count {
            let now = position + place
            var thresholds = Thresholds.none
            var decision = RoutingDecision(grade: .full, reason: .dense)
            if let exemption = exemption(position: now) {
                decision.reason = exemption
            } else if case .random(let seed) = policy {
                decision = drawn(seed: seed, position: now, block: block)
            } else {
                thresholds = held(block: block, by: feedback)
                decision = RoutingDecision(grade: thresholds.grade(of: scores[place]), reason: .score)
            }
            if var counted = budget, now >= anchors {
                let leaving = now - counted.window
                if place > 0, leaving >= anchors {
                    let inChunk = leaving >= position
                    counted.remove(
                        inChunk ? decisions[leaving - position].grade : Grade(recorded: history[leaving]))
                }
                let granted = counted.granted(decision.grade)
                if granted < decision.grade { decision = RoutingDecision(grade: granted, reason: .budget) }
                counted.add(granted)
                budget = counted
            }
            if usesFeedback { feedback.learn(from: decision.grade, shares: targets[block].shares) }
            decisions[place] = decision
            if let inForce {
                inForce[place] = thresholds
                feedbacks[now + 1] = feedback
                history[now] = decision.grade.rawValue
            }
        }
    }

    private var usesFeedback: Bool {
        switch policy {
        case .held, .budget: true
        case .table, .thresholds, .random: false
        }
    }

    /// The budget as the tokens before `position` left it, if there is one.
    private func budget(position: Int, history: UnsafePointer<Grade.RawValue>) -> ComputeBudget? {
        guard case .budget(let window) = policy, capacity < .dense else { return nil }
        var budget = ComputeBudget(window: window, capacity: capacity, thinWork: thinWork)
        for earlier in max(position - budget.window + 1, anchors)..<max(position, anchors) {
            budget.add(Grade(recorded: history[earlier]))
        }
        return budget
    }

    private func drawn(seed: UInt64, position: Int, block: Int) -> RoutingDecision {
        let shares = targets[block].shares
        let draw = Float(RoutingPolicy.chance(seed: seed, position: position, block: block))
        let grade: Grade = draw < shares.full ? .full : draw < shares.processed ? .thin : .bypassed
        return RoutingDecision(grade: grade, reason: .chance)
    }

    /// A block's thresholds, moved by the feedback. A share of none or of all is no matter of scores.
    private func held(block: Int, by feedback: Feedback) -> Thresholds {
        let target = targets[block]
        guard usesFeedback else { return target.thresholds }
        func moved(_ threshold: Float, by offset: Float, share: Float) -> Float {
            share >= 1 ? -.infinity : share <= 0 ? .infinity : threshold + offset * spreads[block]
        }
        let full = moved(target.thresholds.full, by: feedback.full.offset, share: target.shares.full)
        let thin = moved(target.thresholds.thin, by: feedback.thin.offset, share: target.shares.processed)
        return Thresholds(full: full, thin: min(thin, full))
    }
}

extension TokenRouter {
    /// What a block's thresholds are moved by so that its shares stay at what they are asked to be.
    struct Feedback: BitwiseCopyable {
        var full = Controller()
        var thin = Controller()

        mutating func learn(from grade: Grade, shares: BlockShares) {
            full.add((grade == .full ? 1 : 0) - shares.full)
            thin.add((grade > .bypassed ? 1 : 0) - shares.processed)
        }
    }

    /// A proportional and integral controller of one threshold. The debt, tokens processed beyond those asked for, acts at
    /// once, and more than proportionally where it is large; what a text needs all the time is taken over by the level, so
    /// that the debt goes back to nothing and the share is right over the whole text.
    ///
    /// Nothing winds up: a share of none or of all is kept exactly and leaves no debt, both numbers are limited, and what a
    /// text needs at one capacity is about what it needs at another, so that the dial may turn at any token.
    struct Controller: BitwiseCopyable {
        private var debt: Float = 0
        private var level: Float = 0

        // More lets the order of tokens, rather than their scores, decide; less takes longer to find a text's level.
        private static let proportional: Float = 0.06
        private static let progressive: Float = 0.015
        private static let integral: Float = 0.001
        // Scores that are not numbers would add up for ever.
        private static let mostDebt: Float = 30
        private static let mostLevel: Float = 6

        /// What to add to the threshold, in units of the spread of the block's scores.
        var offset: Float { level + debt * (Self.proportional + Self.progressive * debt.magnitude) }

        /// - Parameter error: 1 for a token processed, 0 for another, less the share asked for.
        mutating func add(_ error: Float) {
            debt = min(max(debt + error, -Self.mostDebt), Self.mostDebt)
            level = min(max(level + Self.integral * debt, -Self.mostLevel), Self.mostLevel)
        }
    }
}

extension Grade {
    /// What `TokenRouter` wrote down.
    fileprivate init(recorded: RawValue) {
        self = Grade(rawValue: recorded) ?? .bypassed
    }
}
