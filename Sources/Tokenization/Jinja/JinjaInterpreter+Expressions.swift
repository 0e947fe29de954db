extension JinjaInterpreter {
    /// The value of an expression.
    ///
    /// - Throws: a `JinjaError`, `.limit` for a value that is larger than a template may make any.
    mutating func value(of expression: JinjaExpression) throws(JinjaError) -> JinjaValue {
        try step()
        try enter()
        defer { leave() }
        let value = try evaluate(expression)
        guard value.size <= JinjaInterpreter.longest else { throw .limit }
        return value
    }

    private mutating func evaluate(_ expression: JinjaExpression) throws(JinjaError) -> JinjaValue {
        switch expression {
        case .literal(let value): return value
        case .name(let name): return lookUp(name)
        case .list(let elements):
            try wrap()
            var values: [JinjaValue] = []
            for element in elements { values.append(try value(of: element)) }
            return .list(values)
        case .map(let pairs):
            try wrap()
            var map = JinjaMap()
            for (key, value) in pairs { map[try self.value(of: key).text] = try self.value(of: value) }
            return .map(map)
        case .attribute(let object, let name):
            return try JinjaInterpreter.member(.string(name), of: value(of: object))
        case .index(let object, let index):
            let object = try value(of: object)
            return try JinjaInterpreter.member(value(of: index), of: object)
        case .slice(let object, let start, let end, let stride):
            return try slice(object, start, end, stride)
        case .call(let function, let arguments): return try call(function, arguments)
        case .filter(let operand, let name, let arguments):
            let operand = try value(of: operand)
            let (positional, named) = try values(of: arguments)
            return try JinjaFilters.apply(name, to: operand, positional, named)
        case .test(let operand, let name, let arguments, let isNegated):
            let operand = try value(of: operand)
            let holds = try JinjaTests.holds(name, of: operand, values(of: arguments).positional)
            return .bool(holds != isNegated)
        case .not(let operand): return .bool(try !value(of: operand).isTrue)
        case .negative(let operand):
            switch try value(of: operand) {
            case .int(let value) where value != .min: return .int(-value)
            case .double(let value): return .double(-value)
            default: throw .type("what has a minus in front is no number")
            }
        case .binary(let sign, let left, let right): return try binary(sign, left, right)
        case .choice(let condition, let value, let otherwise):
            if try self.value(of: condition).isTrue { return try self.value(of: value) }
            return try otherwise.map { expression throws(JinjaError) in try self.value(of: expression) }
                ?? .undefined
        }
    }

    private mutating func values(
        of arguments: JinjaArguments
    ) throws(JinjaError) -> (positional: [JinjaValue], named: [(String, JinjaValue)]) {
        var positional: [JinjaValue] = []
        for argument in arguments.positional { positional.append(try value(of: argument)) }
        var named: [(String, JinjaValue)] = []
        for (name, argument) in arguments.named { named.append((name, try value(of: argument))) }
        return (positional, named)
    }

    private mutating func call(
        _ function: JinjaExpression, _ arguments: JinjaArguments
    ) throws(JinjaError) -> JinjaValue {
        let (positional, named) = try values(of: arguments)
        switch function {
        case .attribute(let object, let name):
            let object = try value(of: object)
            if case .macro(let macro) = try JinjaInterpreter.member(.string(name), of: object) {
                return try call(macro, positional, named)
            }
            return try JinjaMethods.call(name, of: object, positional)
        case .name(let name):
            if case .macro(let macro) = lookUp(name) { return try call(macro, positional, named) }
            if !named.isEmpty { try wrap() }
            return try JinjaFunctions.call(name, positional, named)
        default: throw .unknown("what is called")
        }
    }

    /// The member of a map, namespace, list or text; undefined without one.
    static func member(_ key: JinjaValue, of object: JinjaValue) throws(JinjaError) -> JinjaValue {
        switch (object, key) {
        case (.map(let map), _): return map[key.text]
        case (.namespace(let namespace), _): return namespace.values[key.text]
        case (.list(let values), .int(let index)):
            let place = index < 0 ? values.count + index : index
            return values.indices.contains(place) ? values[place] : .undefined
        case (.string(let text), .int(let index)):
            let scalars = Array(text.unicodeScalars)
            let place = index < 0 ? scalars.count + index : index
            return scalars.indices.contains(place) ? .string(String(scalars[place])) : .undefined
        case (.undefined, _): throw .type("“\(key.text)” is asked of what is undefined")
        default: return .undefined
        }
    }

    private mutating func slice(
        _ object: JinjaExpression, _ start: JinjaExpression?, _ end: JinjaExpression?,
        _ stride: JinjaExpression?
    ) throws(JinjaError) -> JinjaValue {
        let object = try value(of: object)
        func bound(_ expression: JinjaExpression?) throws(JinjaError) -> Int? {
            guard let expression else { return nil }
            switch try value(of: expression) {
            case .int(let value): return value
            case .none: return nil
            default: throw .type("the bound of a slice is no number")
            }
        }
        let (start, end, step) = (try bound(start), try bound(end), try bound(stride) ?? 1)
        guard step != 0 else { throw .type("the step of a slice is 0") }
        func places(_ count: Int) -> [Int] {
            func place(_ bound: Int?, _ absent: Int) -> Int {
                guard let bound else { return absent }
                let place = bound < 0 ? bound &+ count : bound
                return step > 0 ? min(max(place, 0), count) : min(max(place, -1), count - 1)
            }
            let from = place(start, step > 0 ? 0 : count - 1)
            let to = place(end, step > 0 ? count : -1)
            return Array(Swift.stride(from: from, to: to, by: step))
        }
        switch object {
        case .list(let values): return .list(places(values.count).map { values[$0] })
        case .string(let text):
            let scalars = Array(text.unicodeScalars)
            return .string(String(String.UnicodeScalarView(places(scalars.count).map { scalars[$0] })))
        default: throw .type("what is sliced is neither a list nor a text")
        }
    }

    private mutating func binary(
        _ sign: String, _ left: JinjaExpression, _ right: JinjaExpression
    ) throws(JinjaError) -> JinjaValue {
        let left = try value(of: left)
        if sign == "and" { return left.isTrue ? try value(of: right) : left }
        if sign == "or" { return left.isTrue ? left : try value(of: right) }
        let right = try value(of: right)
        switch sign {
        case "~": return .string(left.text + right.text)
        case "==": return .bool(try JinjaValue.areEqual(left, right))
        case "!=": return .bool(try !JinjaValue.areEqual(left, right))
        case "in": return .bool(try JinjaInterpreter.isMember(left, of: right))
        case "<", "<=", ">", ">=": return .bool(try JinjaInterpreter.compare(sign, left, right))
        default: return try JinjaInterpreter.arithmetic(sign, left, right)
        }
    }

    /// Whether a list has an element, a map a key, or a text a part.
    static func isMember(_ element: JinjaValue, of whole: JinjaValue) throws(JinjaError) -> Bool {
        switch (whole, element) {
        case (.list(let values), _):
            for value in values where try JinjaValue.areEqual(value, element) { return true }
            return false
        case (.map(let map), _): return map.keys.contains(element.text)
        case (.string(let text), .string(let part)): return text.firstPlace(of: part) != nil
        case (.undefined, _): return false
        default: throw .type("“in” is asked of what has no elements")
        }
    }

    private static func compare(
        _ sign: String, _ left: JinjaValue, _ right: JinjaValue
    ) throws(JinjaError) -> Bool {
        func holds<Value: Comparable>(_ left: Value, _ right: Value) -> Bool {
            switch sign {
            case "<": left < right
            case "<=": left <= right
            case ">": left > right
            default: left >= right
            }
        }
        if case .string(let left) = left, case .string(let right) = right { return holds(left, right) }
        guard let left = left.number, let right = right.number else {
            throw .type("what is compared is of different kinds")
        }
        return holds(left, right)
    }

    private static func arithmetic(
        _ sign: String, _ left: JinjaValue, _ right: JinjaValue
    ) throws(JinjaError) -> JinjaValue {
        switch (sign, left, right) {
        case ("+", .string(let left), .string(let right)): return .string(left + right)
        case ("+", .list(let left), .list(let right)): return .list(left + right)
        case (_, .int(let left), .int(let right)) where sign != "/":
            return try integers(sign, left, right)
        default: break
        }
        guard let left = left.number, let right = right.number else {
            throw .type("“\(sign)” is not defined for what stands beside it")
        }
        switch sign {
        case "+": return .double(left + right)
        case "-": return .double(left - right)
        case "*": return .double(left * right)
        case "/" where right != 0: return .double(left / right)
        default: throw .type("“\(sign)” is not defined for what stands beside it")
        }
    }

    private static func integers(_ sign: String, _ left: Int, _ right: Int) throws(JinjaError) -> JinjaValue {
        let (value, overflows): (Int, Bool)
        switch sign {
        case "+": (value, overflows) = left.addingReportingOverflow(right)
        case "-": (value, overflows) = left.subtractingReportingOverflow(right)
        case "*": (value, overflows) = left.multipliedReportingOverflow(by: right)
        case "//":
            let (quotient, fails) = left.dividedReportingOverflow(by: right)
            let isBelow = !fails && left % right != 0 && (left < 0) != (right < 0)
            (value, overflows) = (isBelow ? quotient - 1 : quotient, fails)
        default:
            let (rest, fails) = left.remainderReportingOverflow(dividingBy: right)
            (value, overflows) = (
                !fails && rest != 0 && (rest < 0) != (right < 0) ? rest + right : rest, fails
            )
        }
        guard !overflows else { throw .type("“\(sign)” is not defined for what stands beside it") }
        return .int(value)
    }
}
