/// Writes a token's text between quotes, with everything in it that does not show spelled out.
enum VisibleText {
    static func quoted(_ text: String, isUnicode: Bool) -> String {
        "\"" + text.unicodeScalars.map { visible($0, isUnicode: isUnicode) }.joined() + "\""
    }

    private static func visible(_ scalar: Unicode.Scalar, isUnicode: Bool) -> String {
        switch scalar {
        case "\n": return "\\n"
        case "\r": return "\\r"
        case "\t": return "\\t"
        case "\"": return "\\\""
        case "\\": return "\\\\"
        default: break
        }
        let isHidden =
            switch scalar.properties.generalCategory {
            case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator:
                true
            default: !isUnicode && !scalar.isASCII
            }
        return isHidden
            ? "\\u{\(String(scalar.value, radix: 16, uppercase: true))}" : String(Character(scalar))
    }
}
