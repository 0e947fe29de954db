package import MoDModel
import Synchronization

/// What reaches a reply while it is being written: the capacity, the speed to hold, the policy, the wish to stop, and
/// the next request.
///
/// A reply never suspends, so none of these can go through the engine's actor.
package final class ReplyDesk: Sendable {
    /// The wish to stop a reply: set from any thread, read between two forward passes.
    package final class Cancellation: Sendable {
        private let flag = Atomic(false)

        /// Whether the reply was asked to stop.
        package var isRequested: Bool {
            flag.load(ordering: .relaxed)
        }

        /// Asks the reply to stop.
        package func request() {
            flag.store(true, ordering: .relaxed)
        }
    }

    private struct State {
        var setting: RoutingSetting
        var governor: Governor?
        var current: Cancellation?
    }

    private let state: Mutex<State>

    /// Creates a desk without a reply, with the capacity and the policy that tokens are routed by at first.
    package init(capacity: Capacity, policy: RoutingPolicy = .held) {
        state = Mutex(State(setting: RoutingSetting(capacity: capacity, policy: policy)))
    }

    /// The capacity and the policy that the next token is to be routed by.
    package var setting: RoutingSetting {
        state.withLock(\.setting)
    }

    /// The capacity that the next token is to be routed at.
    package var capacity: Capacity {
        get { setting.capacity }
        set { state.withLock { $0.setting.capacity = newValue } }
    }

    /// Holds so many tokens a second from the next token on, by moving the capacity; nil: leaves the capacity alone.
    package func holdSpeed(_ target: Double?, _ model: ModelDescription) {
        state.withLock { $0.governor = target.map { Governor(target: $0, model) } }
    }

    /// Takes note that a reply begins to write.
    func decodingBegan() {
        state.withLock { $0.governor?.rest() }
    }

    /// Takes note of the tokens that a pass brought, the seconds that it took, and the capacity it had.
    func passEnded(tokens: Int, seconds: Double, capacity: Capacity) {
        state.withLock { state in
            guard let moved = state.governor?.receive(tokens, in: seconds, at: capacity) else { return }
            state.setting.capacity = moved
        }
    }

    /// The policy that the next token is to be routed by.
    package var policy: RoutingPolicy {
        get { setting.policy }
        set { state.withLock { $0.setting.policy = newValue } }
    }

    /// Opens a reply and returns its wish to stop; nil while another reply is being written. A reply that was asked to
    /// stop does not count: it ends within a token, and the new one waits for that.
    package func open() -> Cancellation? {
        state.withLock { state in
            if let current = state.current, !current.isRequested { return nil }
            let cancellation = Cancellation()
            state.current = cancellation
            return cancellation
        }
    }

    /// Closes the reply that was opened with this wish to stop, so that another may be opened.
    package func close(_ cancellation: Cancellation) {
        state.withLock { state in
            if state.current === cancellation { state.current = nil }
        }
    }

    /// Asks the reply being written, if there is one, to stop.
    package func cancelCurrent() {
        state.withLock { $0.current?.request() }
    }
}
