/// The filters that a template may put a value through.
enum JinjaFilters {
    static func apply(
        _ name: String, to value: JinjaValue, _ positional: [JinjaValue], _ named: [(String, JinjaValue)]
    ) throws(JinjaError) -> JinjaValue {
        switch name {
        case "trim": return .string(value.text.trimmed(of: positional.first?.text))
        case "upper": return .string(value.text.uppercased())
        case "lower": return .string(value.text.lowercased())
        case "capitalize":
            let text = value.text
            return .string(text.prefix(1).uppercased() + text.dropFirst().lowercased())
        case "string", "safe", "e", "escape": return .string(value.text)
        case "int": return .int(Int(value.text.trimmed()) ?? 0)
        case "length", "count": return .int(try JinjaInterpreter.elements(of: value).count)
        case "first": return try JinjaInterpreter.elements(of: value).first ?? .undefined
        case "last": return try JinjaInterpreter.elements(of: value).last ?? .undefined
        case "list": return .list(try JinjaInterpreter.elements(of: value))
        case "reverse": return .list(try JinjaInterpreter.elements(of: value).reversed())
        case "items": return try JinjaMethods.call("items", of: value, [])
        case "replace": return try JinjaMethods.call("replace", of: .string(value.text), positional)
        case "join":
            var texts: [String] = []
            var length = 0
            for element in try JinjaInterpreter.elements(of: value) {
                texts.append(element.text)
                length += element.size
                guard length <= JinjaInterpreter.longest else { throw .limit }
            }
            return .string(try JinjaInterpreter.joined(texts, by: positional.first?.text ?? ""))
        case "default", "d":
            let isAbsent = if case .undefined = value { true } else { false }
            let replacesFalse =
                (positional.dropFirst().first ?? named.first { $0.0 == "boolean" }?.1)?.isTrue ?? false
            guard isAbsent || replacesFalse && !value.isTrue else { return value }
            return positional.first ?? named.first { $0.0 == "default_value" }?.1 ?? .string("")
        case "selectattr", "rejectattr": return try select(name == "selectattr", value, positional)
        case "map": return try map(value, positional, named)
        case "tojson": return .string(json(value))
        default: throw .unknown("the filter “\(name)”")
        }
    }

    /// The elements of which an attribute is true, or stands a test; or those of which it does not.
    private static func select(
        _ wanted: Bool, _ value: JinjaValue, _ arguments: [JinjaValue]
    ) throws(JinjaError) -> JinjaValue {
        guard let name = arguments.first else { throw .type("an attribute is missing") }
        guard value.isTrue else { return .list([]) }
        var chosen: [JinjaValue] = []
        for element in try JinjaInterpreter.elements(of: value) {
            let attribute = try JinjaInterpreter.member(name, of: element)
            let holds =
                arguments.count > 1
                ? try JinjaTests.holds(arguments[1].text, of: attribute, Array(arguments.dropFirst(2)))
                : attribute.isTrue
            if holds == wanted { chosen.append(element) }
        }
        return .list(chosen)
    }

    /// An attribute of each element, or each element put through a filter.
    private static func map(
        _ value: JinjaValue, _ positional: [JinjaValue], _ named: [(String, JinjaValue)]
    ) throws(JinjaError) -> JinjaValue {
        var values: [JinjaValue] = []
        for element in try JinjaInterpreter.elements(of: value) {
            if let attribute = named.first(where: { $0.0 == "attribute" })?.1 {
                values.append(try JinjaInterpreter.member(attribute, of: element))
            } else if let name = positional.first {
                values.append(try apply(name.text, to: element, Array(positional.dropFirst()), []))
            }
        }
        return .list(values)
    }

    /// A value in JSON, cut short as `JinjaValue.text` is.
    private static func json(_ value: JinjaValue) -> String {
        var text = ""
        write(value, into: &text)
        return text
    }

    private static func write(_ value: JinjaValue, into output: inout String) {
        guard output.utf8.count <= JinjaInterpreter.longest else { return }
        switch value {
        case .undefined, .none, .namespace, .macro: output += "null"
        case .bool(let value): output += value ? "true" : "false"
        case .int, .double: output += value.text
        case .string(let text): output += quoted(text)
        case .list(let values):
            output += "["
            for (index, value) in values.enumerated() where output.utf8.count <= JinjaInterpreter.longest {
                if index > 0 { output += ", " }
                write(value, into: &output)
            }
            output += "]"
        case .map(let map):
            output += "{"
            for (index, key) in map.keys.enumerated() where output.utf8.count <= JinjaInterpreter.longest {
                output += (index > 0 ? ", " : "") + quoted(key) + ": "
                write(map[key], into: &output)
            }
            output += "}"
        }
    }

    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\r": quoted += "\\r"
            case "\t": quoted += "\\t"
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
