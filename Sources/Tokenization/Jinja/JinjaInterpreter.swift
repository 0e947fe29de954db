/// Carries out the statements of a template.
struct JinjaInterpreter {
    /// Names and their values, the innermost scope last.
    var scopes: [[String: JinjaValue]]
    /// What is left of the steps that a template may take.
    private var steps = 200_000
    /// What is left of the lists and maps that a template may make: each can be within the one made before.
    private var wraps = 1000
    /// How many macros and expressions are under way.
    private var depth = 0
    private static let deepest = 64
    /// The most scalars a template may write, and a list it may make may have.
    static let longest = 1 << 20

    /// How a run of statements ends.
    private enum End {
        case done, leave, proceed
    }

    /// Creates an interpreter with some values by name.
    init(_ values: [(String, JinjaValue)]) {
        scopes = [Dictionary(values) { $1 }]
    }

    /// Carries out a whole template and returns what it writes.
    mutating func run(_ statements: [JinjaStatement]) throws(JinjaError) -> String {
        var output = ""
        _ = try run(statements, &output)
        return output
    }

    private mutating func run(_ statements: [JinjaStatement], _ output: inout String) throws(JinjaError)
        -> End
    {
        for statement in statements {
            let end = try run(statement, &output)
            if end != .done { return end }
            guard output.utf8.count <= JinjaInterpreter.longest else { throw .limit }
        }
        return .done
    }

    private mutating func run(_ statement: JinjaStatement, _ output: inout String) throws(JinjaError) -> End {
        try step()
        switch statement {
        case .text(let text): output += text
        case .output(let expression): output += try value(of: expression).text
        case .set(let target, let expression): try assign(value(of: expression), to: target)
        case .setBlock(let target, let body):
            var text = ""
            _ = try run(body, &text)
            try assign(.string(text), to: target)
        case .macro(let name, let macro): scopes[scopes.count - 1][name] = .macro(macro)
        case .condition(let branches, let otherwise):
            for (condition, body) in branches where try value(of: condition).isTrue {
                return try run(body, &output)
            }
            return try run(otherwise, &output)
        case .loop(let loop): try run(loop, &output)
        case .leave: return .leave
        case .proceed: return .proceed
        }
        return .done
    }

    private mutating func run(_ loop: JinjaLoop, _ output: inout String) throws(JinjaError) {
        var elements = try JinjaInterpreter.elements(of: value(of: loop.elements))
        scopes.append([:])
        defer { scopes.removeLast() }
        if let condition = loop.condition {
            var chosen: [JinjaValue] = []
            for element in elements {
                try bind(element, to: loop.names)
                if try value(of: condition).isTrue { chosen.append(element) }
            }
            elements = chosen
        }
        guard !elements.isEmpty else {
            _ = try run(loop.otherwise, &output)
            return
        }
        for (index, element) in elements.enumerated() {
            try step()
            scopes[scopes.count - 1] = [:]
            try bind(element, to: loop.names)
            scopes[scopes.count - 1]["loop"] = .map(
                JinjaMap([
                    ("index", .int(index + 1)), ("index0", .int(index)), ("length", .int(elements.count)),
                    ("first", .bool(index == 0)), ("last", .bool(index + 1 == elements.count)),
                    ("revindex", .int(elements.count - index)),
                    ("revindex0", .int(elements.count - index - 1)),
                    ("previtem", index > 0 ? elements[index - 1] : .undefined),
                    ("nextitem", index + 1 < elements.count ? elements[index + 1] : .undefined),
                ]))
            if try run(loop.body, &output) == .leave { break }
        }
    }

    private mutating func bind(_ element: JinjaValue, to names: [String]) throws(JinjaError) {
        guard names.count > 1 else {
            scopes[scopes.count - 1][names[0]] = element
            return
        }
        guard case .list(let parts) = element, parts.count == names.count else {
            throw .type("a value has not \(names.count) parts")
        }
        for (name, part) in zip(names, parts) { scopes[scopes.count - 1][name] = part }
    }

    private mutating func assign(_ value: JinjaValue, to target: JinjaTarget) throws(JinjaError) {
        switch target {
        case .names(let names): try bind(value, to: names)
        case .attribute(let name, let attribute):
            guard case .namespace(let namespace) = lookUp(name) else {
                throw .type("“\(name)” is no namespace")
            }
            namespace.values[attribute] = value
        }
    }

    /// Calls a macro.
    mutating func call(
        _ macro: JinjaMacro, _ positional: [JinjaValue], _ named: [(String, JinjaValue)]
    ) throws(JinjaError) -> JinjaValue {
        try enter()
        defer { depth -= 1 }
        // A macro sees what stands outside of everything, not the loops that it is called in.
        let outer = scopes
        defer { scopes = outer }
        scopes = [outer[0], [:]]
        for (index, parameter) in macro.parameters.enumerated() {
            let given = named.last { $0.0 == parameter.name }?.1
            if index < positional.count {
                scopes[1][parameter.name] = positional[index]
            } else if let given {
                scopes[1][parameter.name] = given
            } else if let value = parameter.value {
                scopes[1][parameter.name] = try self.value(of: value)
            } else {
                scopes[1][parameter.name] = .undefined
            }
        }
        var text = ""
        _ = try run(macro.body, &text)
        return .string(text)
    }

    /// The value of a name, in the innermost scope that has it; undefined without one.
    func lookUp(_ name: String) -> JinjaValue {
        for scope in scopes.reversed() {
            if let value = scope[name] { return value }
        }
        return .undefined
    }

    /// The elements of what a loop goes over.
    static func elements(of value: JinjaValue) throws(JinjaError) -> [JinjaValue] {
        switch value {
        case .list(let values): return values
        case .map(let map): return map.keys.map { .string($0) }
        case .string(let text): return text.unicodeScalars.map { .string(String($0)) }
        case .undefined, .none: return []
        default: throw .type("a value has no elements")
        }
    }

    /// Texts put together with another between them.
    ///
    /// - Throws: `JinjaError.limit` where that is longer than a template may write.
    static func joined(_ texts: [String], by separator: String) throws(JinjaError) -> String {
        var length = 0
        for text in texts {
            length += text.utf8.count + separator.utf8.count
            guard length <= longest + separator.utf8.count else { throw .limit }
        }
        return texts.joined(separator: separator)
    }

    /// Counts a step.
    mutating func step() throws(JinjaError) {
        steps -= 1
        guard steps > 0 else { throw .limit }
    }

    /// Counts a list, a map or a namespace that is made of other values.
    mutating func wrap() throws(JinjaError) {
        wraps -= 1
        guard wraps > 0 else { throw .limit }
    }

    /// Goes a level deeper; whoever calls it goes back up.
    mutating func enter() throws(JinjaError) {
        depth += 1
        guard depth <= JinjaInterpreter.deepest else {
            depth -= 1
            throw .limit
        }
    }

    /// Goes a level back up.
    mutating func leave() {
        depth -= 1
    }
}
