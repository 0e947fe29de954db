package import MoDModel

/// What tokens are routed by.
package struct RoutingSetting: Sendable, Hashable {
    /// The capacity asked for.
    package var capacity: Capacity
    /// How the scores become grades.
    package var policy: RoutingPolicy

    package init(capacity: Capacity, policy: RoutingPolicy) {
        self.capacity = capacity
        self.policy = policy
    }
}
