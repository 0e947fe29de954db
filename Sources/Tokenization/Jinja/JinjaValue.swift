/// A value in a template.
enum JinjaValue {
    case undefined
    case none
    case bool(Bool)
    case int(Int)
    case double(Double)
    case string(String)
    case list([JinjaValue])
    case map(JinjaMap)
    case namespace(JinjaNamespace)
    case macro(JinjaMacro)

    /// Whether a condition holds of the value.
    var isTrue: Bool {
        switch self {
        case .undefined, .none: false
        case .bool(let value): value
        case .int(let value): value != 0
        case .double(let value): value != 0
        case .string(let value): !value.isEmpty
        case .list(let values): !values.isEmpty
        case .map(let map): !map.keys.isEmpty
        case .namespace, .macro: true
        }
    }

    /// What the value is written as in the output. What is longer than any template may write is cut short, but to a
    /// length that is still too long.
    var text: String {
        if case .string(let text) = self { return text }
        var text = ""
        write(quoting: false, into: &text)
        return text
    }

    private func write(quoting: Bool, into output: inout String) {
        guard output.utf8.count <= JinjaInterpreter.longest else { return }
        switch self {
        case .undefined, .namespace, .macro: break
        case .none: output += "None"
        case .bool(let value): output += value ? "True" : "False"
        case .int(let value): output += "\(value)"
        case .double(let value): output += "\(value)"
        case .string(let value): output += quoting ? "'\(value)'" : value
        case .list(let values):
            output += "["
            for (index, value) in values.enumerated() where output.utf8.count <= JinjaInterpreter.longest {
                if index > 0 { output += ", " }
                value.write(quoting: true, into: &output)
            }
            output += "]"
        case .map(let map):
            output += "{"
            for (index, key) in map.keys.enumerated() where output.utf8.count <= JinjaInterpreter.longest {
                output += index > 0 ? ", '\(key)': " : "'\(key)': "
                map[key].write(quoting: true, into: &output)
            }
            output += "}"
        }
    }

    /// The bytes of a text, or the elements of a list or a map.
    var size: Int {
        switch self {
        case .string(let text): text.utf8.count
        case .list(let values): values.count
        case .map(let map): map.keys.count
        default: 0
        }
    }

    /// Whether two values are equal, as `==` in a template tells it: texts by their scalars.
    ///
    /// - Throws: `JinjaError.unknown` for two lists or maps of one size, whose parts might be without end.
    static func areEqual(_ left: JinjaValue, _ right: JinjaValue) throws(JinjaError) -> Bool {
        switch (left, right) {
        case (.undefined, .undefined), (.none, .none): return true
        case (.string(let left), .string(let right)): return left.utf8.elementsEqual(right.utf8)
        case (.list, .list), (.map, .map):
            guard left.size == right.size, left.size > 0 else { return left.size == right.size }
            throw .unknown("whether two lists are equal")
        default:
            guard let left = left.number, let right = right.number else { return false }
            return left == right
        }
    }

    /// The value as a number, true being 1; nil for what is none.
    var number: Double? {
        switch self {
        case .bool(let value): value ? 1 : 0
        case .int(let value): Double(value)
        case .double(let value): value
        default: nil
        }
    }
}

/// Values by name, in the order in which they were put in.
struct JinjaMap {
    private(set) var keys: [String] = []
    private var values: [String: JinjaValue] = [:]

    /// Creates a map of pairs.
    init(_ pairs: [(String, JinjaValue)] = []) {
        for (key, value) in pairs { self[key] = value }
    }

    /// The value of a name; undefined without one.
    subscript(key: String) -> JinjaValue {
        get { values[key] ?? .undefined }
        set {
            if values.updateValue(newValue, forKey: key) == nil { keys.append(key) }
        }
    }

    /// Names and values.
    var pairs: [(String, JinjaValue)] { keys.map { ($0, self[$0]) } }
}

/// Values that loops may change for what follows them; the only ones that are shared, not copied.
final class JinjaNamespace {
    var values = JinjaMap()
}

/// A piece of a template that is rendered where it is called.
final class JinjaMacro {
    let parameters: [(name: String, value: JinjaExpression?)]
    let body: [JinjaStatement]

    init(parameters: [(name: String, value: JinjaExpression?)], body: [JinjaStatement]) {
        self.parameters = parameters
        self.body = body
    }
}
