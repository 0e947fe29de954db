/// The capacity ratio c: the work of the routed blocks that tokens should use ÷ all of it. A token in full counts 1, a
/// thin one the weights it reads ÷ a block's, a bypassed one 0. Without a thin path the capacity is the fraction of
/// tokens that routed blocks process (arXiv 2404.02258, §3.1).
///
/// A capacity is always within 0…1; 1 is the dense model.
public struct Capacity: Sendable, Hashable, Comparable {
    /// The ratio, 0…1.
    public let value: Double

    /// Capacity 1, the dense model: every block processes every token in full.
    public static let dense = Capacity(unchecked: 1)

    /// The steps of the dial from 0 to 1; the threshold tables that this program makes have a point at each.
    public static let steps = 16

    /// Creates a capacity; nil unless `value` is within 0…1 (NaN is not).
    public init?(_ value: Double) {
        guard (0...1).contains(value) else { return nil }
        self.init(unchecked: value)
    }

    private init(unchecked value: Double) {
        self.value = value
    }

    /// The point of the dial, in sixteenths, that is nearest to this capacity, moved by `count` sixteenths and kept
    /// within 0…1.
    public func stepped(by count: Int) -> Capacity {
        let steps = Double(Capacity.steps)
        let step = (value * steps).rounded() + Double(count)
        return Capacity(unchecked: min(max(step / steps, 0), 1))
    }

    /// The most work of a block in any window of so many tokens that keeps to this capacity, in tokens in full:
    /// ⌈c · window⌉.
    package func limit(window: Int) -> Int {
        // As decimals c · window may be whole, and as numbers lie above: 0.07 · 100 is 7.000000000000001, and what a
        // file keeps in fp32 lies up to 6e-8 of itself above its decimals.
        let work = value * Double(window)
        return Int((work - 1e-7 * work).rounded(.up))
    }

    /// Whether a capacity is lower than another.
    public static func < (left: Capacity, right: Capacity) -> Bool {
        left.value < right.value
    }
}
