import MoDModel

/// Decoding after few tokens of context and after many.
struct DepthRow {
    /// Tokens a second.
    private(set) var shallow = Samples()
    private(set) var deep = Samples()
    /// Keeps the long context from round to round.
    private let session: ModelSession
    private enum Side: CaseIterable {
        case shallow, deep
    }
    private var turns = Turns(Side.allCases)

    init(on bed: BenchBed) throws {
        session = try ModelSession(
            model: bed.session.model, contextLength: bed.plan.deep + bed.plan.decoded,
            threadCount: bed.session.threadCount)
        try session.prefill(bed.tokens[..<bed.plan.deep])
    }

    mutating func measure(on bed: BenchBed) throws {
        let plan = bed.plan
        for side in turns.next() {
            switch side {
            case .shallow:
                try bed.session.prefill(bed.tokens[..<plan.shallow])
                shallow.append(
                    try bed.session.decode(bed.tokens[plan.shallow..<plan.shallow + plan.decoded]))
            case .deep:
                session.truncate(to: plan.deep)
                deep.append(try session.decode(bed.tokens[plan.deep..<plan.deep + plan.decoded]))
            }
        }
    }
}
