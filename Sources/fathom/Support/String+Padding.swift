extension String {
    /// The text with spaces behind, up to `width` characters.
    func paddedRight(_ width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }

    /// The text with spaces in front, up to `width` characters.
    func paddedLeft(_ width: Int) -> String {
        String(repeating: " ", count: max(0, width - count)) + self
    }
}
