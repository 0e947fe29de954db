extension String {
    /// The name in quotation marks, short enough for a one-line message.
    var quoted: String {
        "'\(sanitised(limit: 80))'"
    }

    /// Text from an untrusted file made fit to show: nothing in it can move a terminal's cursor or hide.
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
