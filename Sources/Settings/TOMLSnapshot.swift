import Configuration
import TOMLKit

/// The values at the top of a TOML document, as a source of configuration.
struct TOMLSnapshot: ConfigSnapshot {
    /// A value is of another type than was asked for.
    struct Mismatch: Error {
        /// What it is, in words.
        let found: String
    }

    let providerName: String
    /// Contents by name; nil where what has the name is no text, number or truth value.
    private let contents: [String: ConfigContent?]
    /// What has the name, in words.
    private let words: [String: String]

    /// Reads a document.
    ///
    /// - Throws: `TOMLParseError`.
    init(_ document: String, name: String) throws {
        let table = try TOMLTable(string: document)
        var contents: [String: ConfigContent?] = [:]
        var words: [String: String] = [:]
        for key in table.keys {
            guard let value = table[key] else { continue }
            contents[key] = .some(Self.content(of: value))
            words[key] = Self.words(for: value)
        }
        providerName = name
        self.contents = contents
        self.words = words
    }

    /// The names at the top of the document.
    var names: [String] { contents.keys.sorted() }

    /// The value of a name, a whole number also where a number is asked for.
    ///
    /// - Throws: `Mismatch` where it is of another type.
    func value(forKey key: AbsoluteConfigKey, type: ConfigType) throws -> LookupResult {
        let name = key.components.joined(separator: ".")
        guard let content = contents[name] else { return LookupResult(encodedKey: name, value: nil) }
        let fitting: ConfigContent? =
            switch (type, content) {
            case (.string, .string), (.int, .int), (.double, .double), (.bool, .bool): content
            case (.double, .int(let integer)): .double(Double(integer))
            default: nil
            }
        guard let fitting else { throw Mismatch(found: words[name] ?? "") }
        return LookupResult(encodedKey: name, value: ConfigValue(fitting, isSecret: false))
    }

    private static func content(of value: any TOMLValueConvertible) -> ConfigContent? {
        switch value.type {
        case .string: value.string.map(ConfigContent.string)
        case .int: value.int.map(ConfigContent.int)
        case .double: value.double.map(ConfigContent.double)
        case .bool: value.bool.map(ConfigContent.bool)
        case .table, .array, .date, .time, .dateTime: nil
        }
    }

    private static func words(for value: any TOMLValueConvertible) -> String {
        switch content(of: value) {
        case .string(let text): "the text “\(text.prefix(60))”"
        case .int(let integer): "the number \(integer)"
        case .double(let number): "the number \(number)"
        case .bool(let flag): "\(flag)"
        default: value.type == .array ? "a list" : "a \(value.type)"
        }
    }
}
