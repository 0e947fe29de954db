import InferenceEngine
import MoDModel

/// What the user asks of the routing: the capacity and the policy.
struct Dial: Sendable, Hashable {
    /// What came of turning the dial: whether it moved, and what to tell the user.
    struct Turn {
        var hasMoved = false
        var notice: Notice?
    }

    /// Whether the model has routed blocks, so that the dial does anything.
    let isRouted: Bool
    /// The capacity asked for.
    private(set) var capacity: Capacity
    /// The capacity to go back to from the dense model.
    private(set) var capacityBeforeDense: Capacity
    /// The policy chosen.
    private(set) var policy: RoutingPolicy

    init(_ model: ModelDescription, capacity: Capacity?, policy: RoutingPolicy) {
        isRouted = !BlockMap(model).routed.isEmpty
        self.capacity = capacity ?? model.defaultCapacity
        capacityBeforeDense = model.defaultCapacity
        self.policy = policy
    }

    /// The capacity and the policy that the next token is to be routed by.
    var setting: RoutingSetting { RoutingSetting(capacity: capacity, policy: policy) }

    /// Turns to another capacity.
    mutating func turn(to new: Capacity) -> Turn {
        guard isRouted else {
            return Turn(
                notice: Notice(.warning, "This model has no depth routers: the capacity changes nothing."))
        }
        guard new != capacity else { return Turn() }
        if new == .dense { capacityBeforeDense = capacity }
        capacity = new
        return Turn(hasMoved: true)
    }

    /// Turns to the dense model, or from there back to the capacity before.
    mutating func toggleDense() -> Turn {
        guard capacity == .dense, isRouted else { return turn(to: .dense) }
        guard capacityBeforeDense != .dense else {
            return Turn(notice: Notice(.info, "The model is dense already; [ turns the capacity down."))
        }
        return turn(to: capacityBeforeDense)
    }

    /// Chooses another policy.
    mutating func choose(_ new: RoutingPolicy) -> Turn {
        guard isRouted else {
            return Turn(
                notice: Notice(.warning, "This model has no depth routers: the policy changes nothing."))
        }
        guard new != policy else { return Turn(notice: Notice(.info, "The policy is \(new.title) already.")) }
        policy = new
        return Turn(hasMoved: true, notice: Notice(.info, "The policy is \(new.title): \(new.meaning)."))
    }
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
