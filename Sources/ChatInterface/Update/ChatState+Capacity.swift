import MoDModel

extension ChatState {
    mutating func stepCapacity(by count: Int) -> [ChatEffect] {
        setCapacity(capacity.stepped(by: count))
    }

    /// To the dense model, and from there back.
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
        trace.turnDial()
        return [.setCapacity(new)]
    }

    /// Whether the dial does anything.
    var isRouted: Bool { !trace.blocks.routed.isEmpty }
}
