/// The functions that a template may call.
enum JinjaFunctions {
    static func call(
        _ name: String, _ positional: [JinjaValue], _ named: [(String, JinjaValue)]
    ) throws(JinjaError) -> JinjaValue {
        switch (name, positional.first) {
        case ("raise_exception", let message): throw .raised(message?.text ?? "")
        case ("namespace", _):
            let namespace = JinjaNamespace()
            for (name, value) in named { namespace.values[name] = value }
            return .namespace(namespace)
        case ("dict", _): return .map(JinjaMap(named))
        case ("range", _): return try range(positional)
        default: throw .unknown("the function “\(name)”")
        }
    }

    private static func range(_ bounds: [JinjaValue]) throws(JinjaError) -> JinjaValue {
        var numbers: [Int] = []
        for bound in bounds {
            guard case .int(let number) = bound, abs(number) <= JinjaInterpreter.longest else { throw .limit }
            numbers.append(number)
        }
        switch numbers.count {
        case 1: return .list((0..<max(0, numbers[0])).map { .int($0) })
        case 2: return .list(stride(from: numbers[0], to: numbers[1], by: 1).map { .int($0) })
        case 3 where numbers[2] != 0:
            return .list(stride(from: numbers[0], to: numbers[1], by: numbers[2]).map { .int($0) })
        default: throw .type("a range is malformed")
        }
    }
}

/// The methods of values that a template may call, as Python has them.
enum JinjaMethods {
    static func call(
        _ name: String, of object: JinjaValue, _ arguments: [JinjaValue]
    ) throws(JinjaError) -> JinjaValue {
        let text: String? = if case .string(let text)? = arguments.first { text } else { nil }
        switch (object, name) {
        case (.string(let object), "strip"): return .string(object.trimmed(of: text))
        case (.string(let object), "lstrip"): return .string(object.trimmed(of: text, back: false))
        case (.string(let object), "rstrip"): return .string(object.trimmed(of: text, front: false))
        case (.string(let object), "upper"): return .string(object.uppercased())
        case (.string(let object), "lower"): return .string(object.lowercased())
        case (.string(let object), "startswith"):
            return .bool(try anyOf(arguments) { object.utf8.starts(with: $0.utf8) })
        case (.string(let object), "endswith"):
            return .bool(try anyOf(arguments) { object.utf8.reversed().starts(with: $0.utf8.reversed()) })
        case (.string(let object), "split"):
            guard let text else {
                return .list(
                    object.unicodeScalars.split { $0.properties.isWhitespace }.map { .string(String($0)) })
            }
            let count: Int =
                if arguments.count > 1, case .int(let count) = arguments[1], count >= 0 { count } else {
                    .max
                }
            return .list(object.parts(between: text, cuts: count).map { .string($0) })
        case (.string(let object), "replace"):
            guard let text, arguments.count > 1 else { throw .type("what is to be replaced is no text") }
            let parts = object.parts(between: text)
            return .string(try JinjaInterpreter.joined(parts, by: arguments[1].text))
        case (.map(let map), "items"): return .list(map.pairs.map { .list([.string($0.0), $0.1]) })
        case (.map(let map), "keys"): return .list(map.keys.map { .string($0) })
        case (.map(let map), "values"): return .list(map.pairs.map(\.1))
        case (.map(let map), "get"):
            if let key = arguments.first, map.keys.contains(key.text) { return map[key.text] }
            return arguments.count > 1 ? arguments[1] : .none
        default: throw .unknown("the method “\(name)”")
        }
    }

    private static func anyOf(
        _ arguments: [JinjaValue], _ holds: (String) -> Bool
    ) throws(JinjaError) -> Bool {
        switch arguments.first {
        case .string(let text)?: return holds(text)
        case .list(let texts)?: return texts.contains { holds($0.text) }
        default: throw .type("what is looked for is no text")
        }
    }
}

/// What may be asked of a value with `is`.
enum JinjaTests {
    static func holds(
        _ name: String, of value: JinjaValue, _ arguments: [JinjaValue]
    ) throws(JinjaError) -> Bool {
        switch (name, value) {
        case ("defined", .undefined): return false
        case ("defined", _): return true
        case ("undefined", .undefined): return true
        case ("undefined", _): return false
        case ("none", .none), ("string", .string), ("mapping", .map), ("boolean", .bool): return true
        case ("sequence", .list), ("sequence", .string), ("sequence", .map): return true
        case ("iterable", .list), ("iterable", .string), ("iterable", .map): return true
        case ("number", .int), ("number", .double), ("integer", .int), ("float", .double): return true
        case ("true", .bool(let value)): return value
        case ("false", .bool(let value)): return !value
        case ("odd", .int(let value)): return value % 2 != 0
        case ("even", .int(let value)): return value % 2 == 0
        case ("none", _), ("string", _), ("mapping", _), ("boolean", _), ("sequence", _), ("iterable", _),
            ("number", _), ("integer", _), ("float", _), ("true", _), ("false", _), ("odd", _), ("even", _):
            return false
        case ("equalto", _), ("eq", _): return try JinjaValue.areEqual(value, arguments.first ?? .undefined)
        case ("ne", _): return try !JinjaValue.areEqual(value, arguments.first ?? .undefined)
        default: throw .unknown("the test “\(name)”")
        }
    }
}
