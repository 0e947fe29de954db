/// The value of a setting.
public enum SettingValue: Sendable, Hashable, CustomStringConvertible {
    /// A number.
    case number(Double)
    /// A whole number.
    case integer(Int)
    /// Yes or no.
    case flag(Bool)
    /// A text, a word or a path.
    case text(String)

    /// The value as a user types it.
    public var description: String {
        switch self {
        case .number(let number): Setting.text(number)
        case .integer(let integer): "\(integer)"
        case .flag(let flag): "\(flag)"
        case .text(let text): text
        }
    }

    /// The value as TOML has it, on one line.
    var literal: String {
        guard case .text(let text) = self else { return description }
        var literal = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": literal += "\\\""
            case "\\": literal += "\\\\"
            case "\n": literal += "\\n"
            case "\t": literal += "\\t"
            case _ where scalar.properties.generalCategory == .control:
                let digits = String(scalar.value, radix: 16)
                literal += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: literal.unicodeScalars.append(scalar)
            }
        }
        return literal + "\""
    }
}

extension Setting {
    /// The value that a text stands for, as a user types it or an environment variable holds it.
    ///
    /// - Throws: `SettingsError.value` where it stands for none that the setting takes.
    public func value(of text: String) throws(SettingsError) -> SettingValue {
        let value: SettingValue? =
            switch kind {
            case .number: Double(text).map(SettingValue.number)
            case .integer: Int(text).map(SettingValue.integer)
            case .flag: Self.flags[text.lowercased()].map(SettingValue.flag)
            case .choice, .text, .path: .text(text)
            }
        guard let value, takes(value) else {
            let given = text.isEmpty ? "empty" : "“\(text.prefix(60))”"
            throw .value(name, given: given, allowed: allowed, at: nil)
        }
        return value
    }

    /// Whether the setting takes a value of its kind.
    func takes(_ value: SettingValue) -> Bool {
        switch (kind, value) {
        case (.number(let bounds), .number(let number)): bounds.contains(number)
        case (.integer(let range), .integer(let integer)): range.contains(integer)
        case (.choice(let words), .text(let word)): words.contains(word)
        case (.flag, .flag): true
        // No file has such a text, and the C library would end it there.
        case (.text, .text(let text)): !text.unicodeScalars.contains("\0")
        case (.path, .text(let path)): !path.isEmpty && !path.unicodeScalars.contains("\0")
        default: false
        }
    }

    private static let flags = [
        "true": true, "yes": true, "on": true, "1": true,
        "false": false, "no": false, "off": false, "0": false,
    ]
}
