/// Which keys the control characters stand for.
enum ControlKeys {
    /// The key of a control character; nil for other bytes.
    ///
    /// A line feed is Ctrl-J: the Enter key sends a carriage return. Backspace sends 8 or 127, as the terminal pleases.
    static func key(for byte: UInt8) -> (Key, Modifiers)? {
        switch byte {
        case 0x0D: (.enter, [])
        case 0x09: (.tab, [])
        case 0x08, 0x7F: (.backspace, [])
        case 0x1B: (.escape, [])
        case 0x00: (.character(" "), .control)
        case 0x01...0x1A: (.character(Character(Unicode.Scalar(byte + 0x60))), .control)
        case 0x1C...0x1F: (.character(Character(Unicode.Scalar(byte + 0x40))), .control)
        default: nil
        }
    }

    /// The key of a character code that a terminal spelled out in an escape sequence (`CSI u`, modifyOtherKeys), with
    /// the modifiers it named there.
    static func key(forCode code: Int, _ modifiers: Modifiers) -> (Key, Modifiers)? {
        guard let value = UInt32(exactly: code), let scalar = Unicode.Scalar(value) else { return nil }
        // Control with these letters is what Enter and Tab have always been.
        if modifiers == .control, scalar == "m" || scalar == "i" {
            return (scalar == "m" ? .enter : .tab, [])
        }
        if scalar.isASCII, let (key, control) = key(for: UInt8(scalar.value)) {
            return (key, modifiers.union(control))
        }
        let text = TextSanitizer.sanitized(String(Character(scalar)))
        guard let character = text.first else { return nil }
        // Shift is in the character already; some terminals name the letter of the unshifted key.
        let isShiftedLetter = modifiers.contains(.shift) && !modifiers.contains(.control)
        let typed = isShiftedLetter ? character.uppercased().first ?? character : character
        return (.character(typed), modifiers.subtracting(.shift))
    }
}
