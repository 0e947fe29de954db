/// Decides how deep each token goes through each routed block: the one place where scores become grades.
///
/// Decisions are made in the order of positions and follow from scores alone: the token's own at the block, those of
/// tokens before it there, and those of all blocks some way back in the text. So they do not depend on how a text is
/// cut into chunks or on how many threads there are. What a policy remembers is kept for every position, so that tokens
/// can be taken back.
///
/// Every compute thread makes all decisions of a chunk for itself, which takes less time than another barrier; one
/// thread records them.
///
/// `@unchecked Sendable`: the thread that records writes what belongs to the positions of its chunk, every thread reads
/// what belongs to the positions before the chunk; `adopt` and `prepare` are called between chunks.
package final class TokenRouter: @unchecked Sendable {
    private let table: ThresholdTable
    private let anchors: Int
    /// The work of a token that goes thin, ÷ that of one in full; 1 without a thin path.
    private let thinWork: Float
    private let contextLength: Int
    /// [routed block]: how far the block's scores lay apart where the table was calibrated; 0 where it does not tell.
    private let spreads: [Float]
    /// [routed block][position]: the feedback in force at the position, from the tokens before it.
    private let feedback: AlignedBuffer<Feedback>
    /// [routed block][position]: the grade of the token there.
    private let grades: AlignedBuffer<Grade.RawValue>
    private let text: TextShares
    /// Grades that hold in place of those that the policy gives; nil where there are none. Not to be set during a
    /// forward pass.
    package var override: GradeOverride?
    private var policy = RoutingPolicy.held
    private var capacity = Capacity.dense
    /// The epoch of the next chunk's first position; -1 where the targets must be found anew.
    private var epoch = -1
    /// [TextShares.lag][routed blocks]: for the epochs that a chunk may reach into.
    private var targets: [Target]

    /// What a capacity asks of a routed block.
    private struct Target {
        var thresholds = Thresholds.none
        var shares = BlockShares(full: 1, processed: 1)
    }

    /// Creates a router for a context of `contextLength` tokens, of which the first `anchors` always go in full.
    ///
    /// - Parameter thinWork: the work of a token that goes thin, ÷ that of one in full; 1 without a thin path.
    /// - Throws: `ModelError.resources` if the system refuses memory.
    package init(
        table: ThresholdTable, anchors: Int, thinWork: Float, contextLength: Int
    ) throws(ModelError) {
        self.table = table
        self.anchors = anchors
        self.thinWork = thinWork
        self.contextLength = contextLength
        spreads = table.rows.indices.map { table.spread(block: $0) }
        text = try TextShares(table: table, thinWork: thinWork, contextLength: contextLength)
        targets = Array(repeating: Target(), count: TextShares.lag * table.rows.count)
        feedback = try AlignedBuffer(table.rows.count * (contextLength + 1))
        grades = try AlignedBuffer(table.rows.count * contextLength)
    }

    /// Bytes of what a router remembers of a context of `contextLength` tokens, at so many routed blocks with a table
    /// of so many capacities.
    package static func byteCount(blocks: Int, grid: Int, contextLength: Int) -> Int {
        let position = MemoryLayout<Feedback>.stride + MemoryLayout<Grade.RawValue>.stride
        return blocks * (contextLength + 1) * position
            + TextShares.byteCount(blocks: blocks, grid: grid, contextLength: contextLength)
    }

    /// Sets the policy and the capacity that hold from the next token on. Not to be called during a forward pass.
    package func adopt(_ policy: RoutingPolicy, capacity: Capacity) {
        guard policy != self.policy || capacity != self.capacity else { return }
        self.policy = policy
        self.capacity = capacity
        epoch = -1
    }

    /// The most tokens that one chunk may have.
    package static let longestChunk = TextShares.longestChunk

    /// Makes ready for the chunk that begins at `position`. To be called before every forward pass.
    package func prepare(position: Int) {
        guard !table.rows.isEmpty else { return }
        text.close(before: position)
        let isNew = epoch < 0
        guard isNew || epoch != position / TextShares.epoch else { return }
        epoch = position / TextShares.epoch
        guard isNew || followsText else { return }
        for block in table.rows.indices {
            let target = target(block: block)
            for ahead in 0..<TextShares.lag { targets[ahead * table.rows.count + block] = target }
        }
        guard followsText else { return }
        for ahead in 0..<TextShares.lag {
            text.balance(capacity, epoch: epoch + ahead) { block, shares in
                targets[ahead * table.rows.count + block].shares = shares
            }
        }
    }

    /// Whether what is asked of a block follows from the text.
    private var followsText: Bool {
        if case .held = policy { capacity < .dense } else { false }
    }

    /// What policy and capacity ask of a block whatever the text.
    private func target(block: Int) -> Target {
        var capacity = capacity
        switch policy {
        case .thresholds(let given):
            precondition(given.count == table.rows.count, "thresholds for each routed block")
            return Target(thresholds: given[block])
        case .budget where capacity < .dense:
            // Every block has the one limit, so each is asked for the capacity itself, whatever its shares.
            capacity = table.capacity(block: block, work: Float(capacity.value), thinWork: thinWork)
        case .budget, .held, .table, .random: break
        }
        return Target(
            thresholds: table.thresholds(block: block, at: capacity),
            shares: table.shares(block: block, at: capacity))
    }

    /// Why the token at a position goes in full whatever its score; nil for a token that need not.
    private func exemption(position: Int) -> RoutingReason? {
        if position < anchors { return .anchor }
        if case .thresholds = policy { return nil }
        return capacity == .dense ? .dense : nil
    }

    /// Whether the score of the token at a position must be computed before its grade is decided. So it must under the
    /// policy `random`, too, which does not look at it: a bypassed token's score is not computed later.
    func needsScore(position: Int) -> Bool {
        exemption(position: position) == nil || override != nil
    }

    /// The grade that the token at a position in the context took at a routed block (its index among the routed ones).
    func grade(block: Int, position: Int) -> Grade {
        Grade(recorded: grades.pointer[block * contextLength + position])
    }

    /// Decides the grades of tokens at a routed block (its index among the routed ones).
    ///
    /// - Parameters:
    ///   - position: the position of the first token.
    ///   - count: how many tokens, one after the other.
    ///   - scores: [count]; what is in it does not matter where no score is needed.
    ///   - decisions: [count], written.
    ///   - inForce: [count], written by the thread that records: the thresholds each token's score was compared with;
    ///     nil on every other thread.
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
            let target = targets[(now / TextShares.epoch - epoch) * table.rows.count + block]
            var thresholds = Thresholds.none
            var decision = RoutingDecision(grade: .full, reason: .dense)
            let exemption = exemption(position: now)
            if let exemption {
                decision.reason = exemption
            } else if case .random(let seed) = policy {
                decision = drawn(seed: seed, position: now, block: block, shares: target.shares)
            } else {
                thresholds = held(target, block: block, by: feedback)
                decision = RoutingDecision(grade: thresholds.grade(of: scores[place]), reason: .score)
            }
            let given = override?.grade(position: now, block: block)
            if let given { decision.grade = given }
            if var counted = budget, now >= anchors {
                let leaving = now - counted.window
                if place > 0, leaving >= anchors {
                    let inChunk = leaving >= position
                    counted.remove(
                        inChunk ? decisions[leaving - position].grade : Grade(recorded: history[leaving]))
                }
                let granted = given ?? counted.granted(decision.grade)
                if granted < decision.grade { decision = RoutingDecision(grade: granted, reason: .budget) }
                counted.add(granted)
                budget = counted
            }
            if usesFeedback {
                feedback.learn(from: decision.grade, shares: target.shares)
                if exemption == nil {
                    feedback.see(scores[place], above: target.thresholds, shares: target.shares)
                }
            }
            decisions[place] = decision
            if let inForce {
                inForce[place] = thresholds
                feedbacks[now + 1] = feedback
                history[now] = decision.grade.rawValue
                text.note(exemption == nil ? scores[place] : nil, block: block, position: now)
            }
        }
    }

    private var usesFeedback: Bool {
        switch policy {
        case .held, .budget: true
        case .table, .thresholds, .random: false
        }
    }

    /// The budget as the tokens before `position` left it; nil under another policy or at capacity 1.
    private func budget(position: Int, history: UnsafePointer<Grade.RawValue>) -> ComputeBudget? {
        guard case .budget(let window) = policy, capacity < .dense else { return nil }
        var budget = ComputeBudget(window: window, capacity: capacity, thinWork: thinWork)
        for earlier in max(position - budget.window + 1, anchors)..<max(position, anchors) {
            budget.add(Grade(recorded: history[earlier]))
        }
        return budget
    }

    /// The grade that chance gives a token.
    private func drawn(seed: UInt64, position: Int, block: Int, shares: BlockShares) -> RoutingDecision {
        let draw = Float(RoutingPolicy.chance(seed: seed, position: position, block: block))
        let grade: Grade = draw < shares.full ? .full : draw < shares.processed ? .thin : .bypassed
        return RoutingDecision(grade: grade, reason: .chance)
    }

    /// A block's thresholds, moved by the feedback. A share of 0 is kept by +∞, a share of 1 by −∞, whatever the
    /// scores.
    private func held(_ target: Target, block: Int, by feedback: Feedback) -> Thresholds {
        guard usesFeedback else { return target.thresholds }
        func moved(_ threshold: Float, by controller: Controller, share: Float) -> Float {
            if share >= 1 { return -.infinity }
            return share <= 0 ? .infinity : controller.moved(threshold, spread: spreads[block])
        }
        let full = moved(target.thresholds.full, by: feedback.full, share: target.shares.full)
        let thin = moved(target.thresholds.thin, by: feedback.thin, share: target.shares.processed)
        return Thresholds(full: full, thin: min(thin, full))
    }
}

extension TokenRouter {
    /// What moves a block's two thresholds so that its shares stay at what is asked of it.
    struct Feedback: BitwiseCopyable {
        /// The controller of the threshold from which on tokens go in full.
        var full = Controller()
        /// The controller of the threshold from which on tokens go at least thin.
        var thin = Controller()

        /// Takes in the grade of a token, where the block's shares should be `shares`.
        mutating func learn(from grade: Grade, shares: BlockShares) {
            full.add((grade == .full ? 1 : 0) - shares.full)
            thin.add((grade > .bypassed ? 1 : 0) - shares.processed)
        }

        /// Takes in a score that was compared, beside the thresholds of the table; but where a share is none or all no
        /// score decides.
        mutating func see(_ score: Float, above thresholds: Thresholds, shares: BlockShares) {
            if 0 < shares.full, shares.full < 1 { full.see(score - thresholds.full) }
            if 0 < shares.processed, shares.processed < 1 { thin.see(score - thresholds.thin) }
        }
    }

    /// A proportional and integral controller of one threshold. The debt, the tokens processed beyond those asked for,
    /// acts at once, and more than proportionally where it is large. What a text needs all the time is taken over by
    /// the level, the integral of the debt, so that the debt goes back to 0 and the share is right over the whole text.
    ///
    /// It moves the threshold in units of how far the block's scores lay apart where the table was calibrated, or of
    /// half of how far this text's scores lie from the table's threshold where that is more: so it reaches them where a
    /// table does not tell how far scores lie apart, and whatever their scale.
    ///
    /// Neither winds up: a share of 0 or 1 is kept exactly and leaves no debt, both are limited, and what a text needs
    /// at one capacity is about what it needs at another, so that the dial may turn at any token.
    struct Controller: BitwiseCopyable {
        private var debt: Float = 0
        private var level: Float = 0
        /// About the median of how far scores lie from the table's threshold, above or below; 0 where there was none.
        private var distance: Float = 0

        // Larger gains let the order of tokens decide rather than their scores; smaller ones take longer to find a
        // text's level.
        private static let proportional: Float = 0.06
        private static let progressive: Float = 0.015
        private static let integral: Float = 0.0015
        // Scores that are not numbers reach no threshold, so that the debt would grow for ever.
        private static let mostDebt: Float = 30
        private static let mostLevel: Float = 6

        // The median is followed in such steps: a single score far out counts for one, and tokens are few.
        private static let step: Float = 0x1p-4
        // A threshold must move even where all scores are equal to it; this far more than rounding takes.
        private static let leastUnit: Float = 1e-4

        /// The table's threshold, moved so that the share comes to what is asked.
        ///
        /// - Parameter spread: how far scores lay apart where the table was calibrated; 0 where it does not tell.
        func moved(_ threshold: Float, spread: Float) -> Float {
            let unit = max(spread, distance / 2, Self.leastUnit * max(1, threshold.magnitude))
            return threshold + (level + debt * (Self.proportional + Self.progressive * debt.magnitude)) * unit
        }

        /// Takes in how far a score lies above the table's threshold.
        mutating func see(_ difference: Float) {
            let found = difference.magnitude
            guard found.isFinite else { return }
            if distance == 0 {
                distance = found
            } else if found > distance {
                distance = min(distance * (1 + Self.step), found)
            } else {
                distance = max(distance * (1 - Self.step), found)
            }
        }

        /// Takes in a token.
        ///
        /// - Parameter error: 1 for a token that reached the threshold, 0 for another, less the share asked for.
        mutating func add(_ error: Float) {
            debt = min(max(debt + error, -Self.mostDebt), Self.mostDebt)
            level = min(max(level + Self.integral * debt, -Self.mostLevel), Self.mostLevel)
        }
    }
}

extension Grade {
    /// A grade that a `TokenRouter` recorded.
    fileprivate init(recorded: RawValue) {
        self = Grade(rawValue: recorded) ?? .bypassed
    }
}
