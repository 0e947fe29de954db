extension String {
    /// The text with spaces in front, up to `width` characters.
    func paddedLeft(_ width: Int) -> String {
        String(repeating: " ", count: max(0, width - count)) + self
    }
}
