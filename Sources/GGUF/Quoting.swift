extension String {
    /// The text in quotation marks, made fit to show and short enough for a one-line message.
    var quoted: String {
        "'\(sanitised(limit: 80))'"
    }

    /// The text, of an untrusted file perhaps, made fit to show: at most `limit` scalars of it, and characters that
    /// could move a terminal's cursor or hide written as `\u{…}`.
    func sanitised(limit: Int) -> String {
        var result = ""
        for (count, scalar) in unicodeScalars.enumerated() {
            if count == limit { return result + "…" }
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned:
                result += "\\u{\(String(scalar.value, radix: 16))}"
            default:
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
