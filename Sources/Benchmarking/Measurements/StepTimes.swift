import MoDModel

/// How long each single token takes to decode under each policy.
///
/// The text is the same for all. What differs is how the work is spread over it: `held` and `table` let a token that
/// scores high go deep whatever the others did, a budget does not.
enum StepTimes {
    static let policies: [RoutingPolicy] = [.held, .table, .budget(window: 64)]

    /// Where routing has the most to decide.
    static let capacity = Capacity(0.5) ?? .dense

    /// A side for each policy, which gives the seconds of each token in turn.
    static func measurement(on bed: BenchBed) -> SideBySide<[Double]> {
        SideBySide(policies.map { policy in { try seconds(under: policy, on: bed) } })
    }

    private static func seconds(under policy: RoutingPolicy, on bed: BenchBed) throws(ModelError) -> [Double]
    {
        let (session, plan) = (bed.session, bed.plan)
        session.policy = policy
        // All other rows are measured under the policy that a session begins with.
        defer { session.policy = .held }
        try session.prefill(bed.tokens[..<plan.shallow], at: capacity)
        var seconds = [Double]()
        seconds.reserveCapacity(plan.steps)
        for index in plan.shallow..<plan.shallow + plan.steps {
            let start = ContinuousClock.now
            try session.forward(bed.tokens[index...index], logits: .last)
            seconds.append((ContinuousClock.now - start) / .seconds(1))
        }
        return seconds
    }
}
