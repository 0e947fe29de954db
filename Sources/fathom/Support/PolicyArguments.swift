import ArgumentParser
import MoDModel
import Settings

/// How scores become routes, as the command line has it.
enum PolicyName: String, ExpressibleByArgument, CaseIterable {
    case held
    case table
    case budget

    /// Refuses a window that no budget can have, or a window without a budget; `option` is the name of the option that
    /// gave it.
    ///
    /// - Throws: `ValidationError`.
    static func check(_ policy: PolicyName?, window: Int?, option: String) throws {
        guard let window else { return }
        guard policy == .budget else {
            throw ValidationError("\(option) is for --policy budget: give both, or leave \(option) out.")
        }
        guard RoutingPolicy.windows.contains(window) else {
            let (least, most) = (RoutingPolicy.windows.lowerBound, RoutingPolicy.windows.upperBound)
            throw ValidationError("\(option) is \(window); give \(least) to \(most) tokens.")
        }
    }

    /// The policy of this name; `window` is a budget's, the default one where nil.
    func policy(window: Int?) -> RoutingPolicy {
        switch self {
        case .held: .held
        case .table: .table
        case .budget: .budget(window: window ?? RoutingPolicy.defaultWindow)
        }
    }

    /// Refuses a policy, where one was given, for a model without routed blocks.
    ///
    /// - Throws: `ValidationError`.
    static func check(_ policy: PolicyName?, for model: ModelDescription) throws {
        if policy != nil, model.routedBlocks.isEmpty {
            throw ValidationError("\(model.name) has no routers and nothing to route: leave --policy out.")
        }
    }
}

/// How the scores of a reply's tokens become routes.
struct PolicyArguments: ParsableArguments {
    @Option(
        help: """
            How scores become routes: held keeps the blocks' work at the capacity, on any text; table takes the \
            calibrated thresholds as they are; budget keeps every block at the capacity, and in any --window tokens \
            none does more. [default: \(Setting.policy.defaultText)]
            """)
    var policy: PolicyName?

    @Option(help: ArgumentHelp(.window))
    var window: Int?

    /// The policy asked for, else the one that is set.
    ///
    /// - Throws: `ValidationError` where a window was asked for without a budget, or a policy of a model that has no
    ///   routed blocks.
    func policy(for model: ModelDescription, _ settings: Settings) throws -> RoutingPolicy {
        try PolicyName.check(policy, for: model)
        let name = policy ?? settings.text(.policy).flatMap(PolicyName.init) ?? .held
        try PolicyName.check(name, window: window, option: "--window")
        return name.policy(window: window ?? settings.integer(.window))
    }
}
