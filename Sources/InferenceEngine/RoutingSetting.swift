package import MoDModel

/// What tokens are routed by: a capacity and a policy.
package struct RoutingSetting: Sendable, Hashable {
    /// The capacity asked for.
    package var capacity: Capacity
    /// The policy by which scores become grades.
    package var policy: RoutingPolicy

    /// Creates a setting from a capacity and a policy.
    package init(capacity: Capacity, policy: RoutingPolicy) {
        self.capacity = capacity
        self.policy = policy
    }
}
