import Foundation

extension Double {
    /// With a fixed number of decimals, whatever the locale.
    func formatted(decimals: Int) -> String {
        String(format: "%.\(decimals)f", self)
    }
}

extension String {
    /// With spaces in front up to `width`.
    func paddedLeft(_ width: Int) -> String {
        String(repeating: " ", count: max(0, width - count)) + self
    }

    /// With spaces behind up to `width`.
    func paddedRight(_ width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }
}
