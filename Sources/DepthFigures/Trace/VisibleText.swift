import Foundation

/// Writes texts so that everything in them shows and nothing in them works: no control code, no direction mark.
enum VisibleText {
    /// A token's text for a label: a space as ␣, a line break as ↵, control codes as their pictures, what else does not
    /// show by its number, and at most `limit` characters.
    static func label(_ text: String, limit: Int) -> String {
        var label = ""
        var count = 0
        for scalar in text.unicodeScalars {
            let piece = picture(scalar)
            count += piece.count
            guard count <= limit else { return label + "…" }
            label += piece
        }
        return label
    }

    private static func picture(_ scalar: Unicode.Scalar) -> String {
        switch scalar {
        case " ": return "␣"
        case "\n": return "↵"
        case "\t": return "⇥"
        case "\u{7F}": return "␡"
        default: break
        }
        if scalar.value < 0x20, let control = Unicode.Scalar(0x2400 + scalar.value) {
            return String(Character(control))
        }
        return shows(scalar) ? String(Character(scalar)) : "U+" + hex(scalar)
    }

    /// A text on one line, escaped as Swift's literals are: `\n`, `\r`, `\t`, `\\`, and `\u{…}` for what does not show.
    static func escaped(_ text: String) -> String {
        text.unicodeScalars.map { scalar in
            switch scalar {
            case "\n": "\\n"
            case "\r": "\\r"
            case "\t": "\\t"
            case "\\": "\\\\"
            default: shows(scalar) || scalar == " " ? String(Character(scalar)) : "\\u{\(hex(scalar))}"
            }
        }.joined()
    }

    /// Whether a character shows by itself. One that joins the one before it does not: it would join what is before the
    /// label.
    private static func shows(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator,
            .spaceSeparator, .enclosingMark, .nonspacingMark, .spacingMark:
            false
        default: true
        }
    }

    private static func hex(_ scalar: Unicode.Scalar) -> String {
        String(scalar.value, radix: 16, uppercase: true)
    }
}

extension Double {
    /// The number with at most so many decimals and no zeros at its end, whatever the locale; – for one that is none.
    func short(_ decimals: Int) -> String {
        guard isFinite else { return "–" }
        var text = String(format: "%.\(decimals)f", self)
        if text.contains(".") {
            while text.hasSuffix("0") { text.removeLast() }
            if text.hasSuffix(".") { text.removeLast() }
        }
        return text == "-0" ? "0" : text
    }
}
