import MoDModel

extension ChatState {
    mutating func stepCapacity(by count: Int) -> [ChatEffect] {
        setCapacity(capacity.stepped(by: count))
    }

    /// Turns the dial to the dense model, or from there back to the capacity before.
    mutating func toggleDense() -> [ChatEffect] {
        guard capacity == .dense, isRouted else { return setCapacity(.dense) }
        guard capacityBeforeDense != .dense else {
            inform("The model is dense already; [ turns the capacity down.")
            return []
        }
        return setCapacity(capacityBeforeDense)
    }

    mutating func setCapacity(_ new: Capacity) -> [ChatEffect] {
        guard isRouted else {
            warn("This model has no depth routers: the capacity changes nothing.")
            return []
        }
        guard new != capacity else { return [] }
        if new == .dense { capacityBeforeDense = capacity }
        capacity = new
        return [.setCapacity(new)]
    }

    mutating func setPolicy(_ new: RoutingPolicy) -> [ChatEffect] {
        guard isRouted else {
            warn("This model has no depth routers: the policy changes nothing.")
            return []
        }
        guard new != policy else {
            inform("The policy is \(new.title) already.")
            return []
        }
        policy = new
        inform("The policy is \(new.title): \(new.meaning).")
        return [.setPolicy(new)]
    }

    /// Whether the model has routed blocks, so that the dial does anything.
    var isRouted: Bool { !trace.blocks.routed.isEmpty }
}

extension RoutingPolicy {
    /// The policy's name; a budget's with its window.
    var title: String {
        if case .budget(let window) = self { "\(name) \(window)" } else { name }
    }

    /// What the policy does, in a few words.
    fileprivate var meaning: String {
        switch self {
        case .held: "the work stays at the capacity, on any text"
        case .table: "thresholds as calibrated, whatever comes of them"
        case .budget(let window): "every block at the capacity, and none does more in any \(window) tokens"
        case .thresholds: "thresholds as given"
        case .random: "by chance, whatever the scores"
        }
    }
}
