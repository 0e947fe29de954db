/// The capacity ratio: the share of the routed blocks' work that tokens should use. A token in full counts 1, a thin one its
/// share of a block's weights, a bypassed one 0; without a thin path it is the share of tokens that a routed block
/// processes (arXiv 2404.02258, §3.1).
///
/// Always within 0…1; 1 is the dense model.
public struct Capacity: Sendable, Hashable, Comparable {
    /// The ratio, 0…1.
    public let value: Double

    /// The dense model: every block processes every token.
    public static let dense = Capacity(unchecked: 1)

    /// The dial moves by sixteenths, the grid of the threshold table.
    public static let steps = 16

    /// Returns nil unless `value` is within 0…1 (NaN is not).
    public init?(_ value: Double) {
        guard (0...1).contains(value) else { return nil }
        self.init(unchecked: value)
    }

    private init(unchecked value: Double) {
        self.value = value
    }

    /// The nearest point of the dial, moved by `count` sixteenths and kept within 0…1.
    public func stepped(by count: Int) -> Capacity {
        let steps = Double(Capacity.steps)
        let step = (value * steps).rounded() + Double(count)
        return Capacity(unchecked: min(max(step / steps, 0), 1))
    }

    /// Orders by ratio.
    public static func < (left: Capacity, right: Capacity) -> Bool {
        left.value < right.value
    }
}
