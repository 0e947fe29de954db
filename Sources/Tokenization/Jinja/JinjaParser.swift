/// Makes statements of the words of a template.
struct JinjaParser {
    private let tokens: [(token: JinjaLexer.Token, line: Int)]
    private var position = 0
    private var depth = 0
    private static let deepest = 80
    /// How many signs, filters or members may follow one another: each is a level of what is parsed.
    private static let longestChain = 64

    /// The statements of a whole template.
    static func parse(_ template: String) throws(JinjaError) -> [JinjaStatement] {
        var parser = JinjaParser(tokens: try JinjaLexer.tokens(of: template))
        let (statements, end) = try parser.statements(until: [])
        guard end == nil else { throw parser.error("a block ends that did not begin") }
        return statements
    }

    private init(tokens: [(token: JinjaLexer.Token, line: Int)]) {
        self.tokens = tokens
    }

    // MARK: Statements

    /// Statements up to a block of one of some names, and that name; nil at the end of the template.
    private mutating func statements(
        until ends: Set<String>
    ) throws(JinjaError) -> ([JinjaStatement], String?) {
        try enter()
        defer { depth -= 1 }
        var statements: [JinjaStatement] = []
        while let token = current {
            position += 1
            switch token {
            case .text(let text): statements.append(.text(text))
            case .beginOutput:
                statements.append(.output(try expression()))
                try expect(.endOutput)
            case .beginBlock:
                guard case .name(let name)? = current else { throw error("a block has no name") }
                position += 1
                if ends.contains(name) { return (statements, name) }
                if let statement = try block(name) { statements.append(statement) }
            default: throw error("a word is out of place")
            }
        }
        guard ends.isEmpty else { throw error("a block is not closed") }
        return (statements, nil)
    }

    private mutating func block(_ name: String) throws(JinjaError) -> JinjaStatement? {
        switch name {
        case "set": return try set()
        case "if": return try condition()
        case "for": return try loop()
        case "macro": return try macro()
        case "break", "continue":
            try expect(.endBlock)
            return name == "break" ? .leave : .proceed
        case "generation", "endgeneration":
            // Marks what the model says, for training.
            try expect(.endBlock)
            return nil
        default: throw .unknown("the block “\(name)”")
        }
    }

    private mutating func set() throws(JinjaError) -> JinjaStatement {
        var names = [try name()]
        var target: JinjaTarget?
        if accept(".") {
            target = .attribute(names[0], try name())
        } else {
            while accept(",") { names.append(try name()) }
        }
        let assigned = target ?? .names(names)
        if accept("=") {
            let value = try expression()
            try expect(.endBlock)
            return .set(assigned, value)
        }
        try expect(.endBlock)
        let (body, _) = try statements(until: ["endset"])
        try expect(.endBlock)
        return .setBlock(assigned, body)
    }

    private mutating func condition() throws(JinjaError) -> JinjaStatement {
        var branches: [(JinjaExpression, [JinjaStatement])] = []
        var otherwise: [JinjaStatement] = []
        var end: String? = "elif"
        while end == "elif" {
            let condition = try expression()
            try expect(.endBlock)
            let (body, next) = try statements(until: ["elif", "else", "endif"])
            branches.append((condition, body))
            end = next
        }
        if end == "else" {
            try expect(.endBlock)
            otherwise = try statements(until: ["endif"]).0
        }
        try expect(.endBlock)
        return .condition(branches, otherwise: otherwise)
    }

    private mutating func loop() throws(JinjaError) -> JinjaStatement {
        var names = [try name()]
        while accept(",") { names.append(try name()) }
        guard acceptName("in") else { throw error("“in” is missing") }
        let elements = try disjunction()
        let condition = acceptName("if") ? try expression() : nil
        try expect(.endBlock)
        let (body, end) = try statements(until: ["else", "endfor"])
        try expect(.endBlock)
        var otherwise: [JinjaStatement] = []
        if end == "else" {
            otherwise = try statements(until: ["endfor"]).0
            try expect(.endBlock)
        }
        return .loop(
            JinjaLoop(
                names: names, elements: elements, condition: condition, body: body, otherwise: otherwise))
    }

    private mutating func macro() throws(JinjaError) -> JinjaStatement {
        let name = try name()
        var parameters: [(name: String, value: JinjaExpression?)] = []
        guard accept("(") else { throw error("“(” is missing") }
        while !accept(")") {
            let parameter = try self.name()
            parameters.append((parameter, accept("=") ? try expression() : nil))
            if !accept(",") {
                guard accept(")") else { throw error("“)” is missing") }
                break
            }
        }
        try expect(.endBlock)
        let (body, _) = try statements(until: ["endmacro"])
        try expect(.endBlock)
        return .macro(name, JinjaMacro(parameters: parameters, body: body))
    }

    // MARK: Expressions, the loosest first

    private mutating func expression() throws(JinjaError) -> JinjaExpression {
        try enter()
        defer { depth -= 1 }
        let value = try disjunction()
        guard acceptName("if") else { return value }
        let condition = try disjunction()
        return .choice(condition, value, otherwise: acceptName("else") ? try expression() : nil)
    }

    private mutating func disjunction() throws(JinjaError) -> JinjaExpression {
        var left = try conjunction()
        var links = 0
        while acceptName("or") {
            try count(&links)
            left = .binary("or", left, try conjunction())
        }
        return left
    }

    private mutating func conjunction() throws(JinjaError) -> JinjaExpression {
        var left = try negation()
        var links = 0
        while acceptName("and") {
            try count(&links)
            left = .binary("and", left, try negation())
        }
        return left
    }

    private mutating func negation() throws(JinjaError) -> JinjaExpression {
        guard acceptName("not") else { return try comparison() }
        try enter()
        defer { depth -= 1 }
        return .not(try negation())
    }

    private mutating func comparison() throws(JinjaError) -> JinjaExpression {
        var left = try sum()
        var links = 0
        while true {
            try count(&links)
            if let sign = acceptSign(["==", "!=", "<=", ">=", "<", ">"]) {
                left = .binary(sign, left, try sum())
            } else if acceptName("in") {
                left = .binary("in", left, try sum())
            } else if case .name("not")? = current, case .name("in")? = token(at: position + 1) {
                position += 2
                left = .not(.binary("in", left, try sum()))
            } else {
                return left
            }
        }
    }

    private mutating func sum() throws(JinjaError) -> JinjaExpression {
        var left = try concatenation()
        var links = 0
        while let sign = acceptSign(["+", "-"]) {
            try count(&links)
            left = .binary(sign, left, try concatenation())
        }
        return left
    }

    private mutating func concatenation() throws(JinjaError) -> JinjaExpression {
        var left = try product()
        var links = 0
        while accept("~") {
            try count(&links)
            left = .binary("~", left, try product())
        }
        return left
    }

    private mutating func product() throws(JinjaError) -> JinjaExpression {
        var left = try unary()
        var links = 0
        while let sign = acceptSign(["*", "//", "/", "%"]) {
            try count(&links)
            left = .binary(sign, left, try unary())
        }
        return left
    }

    private mutating func unary() throws(JinjaError) -> JinjaExpression {
        try enter()
        defer { depth -= 1 }
        if accept("-") { return .negative(try unary()) }
        if accept("+") { return try unary() }
        var value = try postfix(primary())
        var links = 0
        while true {
            try count(&links)
            if accept("|") {
                let name = try name()
                value = try postfix(.filter(value, name, accept("(") ? arguments() : JinjaArguments()))
            } else if acceptName("is") {
                let isNegated = acceptName("not")
                let name = try name()
                var arguments = JinjaArguments()
                if accept("(") {
                    arguments = try self.arguments()
                } else if startsOperand {
                    arguments.positional = [try postfix(primary())]
                }
                value = .test(value, name, arguments, isNegated: isNegated)
            } else {
                return value
            }
        }
    }

    /// Whether what follows a test's name is what it compares with.
    private var startsOperand: Bool {
        switch current {
        case .string?, .int?, .double?: true
        case .name(let name)?: !["and", "or", "not", "if", "else", "in", "is"].contains(name)
        default: false
        }
    }

    private mutating func postfix(_ start: JinjaExpression) throws(JinjaError) -> JinjaExpression {
        var value = start
        var links = 0
        while true {
            try count(&links)
            if accept(".") {
                if case .int(let index)? = current {
                    position += 1
                    value = .index(value, .literal(.int(index)))
                } else {
                    value = .attribute(value, try name())
                }
            } else if accept("[") {
                value = try subscripted(value)
            } else if accept("(") {
                value = .call(value, try arguments())
            } else {
                return value
            }
        }
    }

    private mutating func subscripted(_ value: JinjaExpression) throws(JinjaError) -> JinjaExpression {
        var parts: [JinjaExpression?] = [nil]
        while !accept("]") {
            if accept(":") {
                parts.append(nil)
            } else {
                parts[parts.count - 1] = try expression()
            }
        }
        switch parts.count {
        case 1:
            guard let index = parts[0] else { throw error("an index is missing") }
            return .index(value, index)
        case 2: return .slice(value, parts[0], parts[1], nil)
        case 3: return .slice(value, parts[0], parts[1], parts[2])
        default: throw error("an index is malformed")
        }
    }

    private mutating func arguments() throws(JinjaError) -> JinjaArguments {
        var arguments = JinjaArguments()
        while !accept(")") {
            if case .name(let name)? = current, case .sign("=")? = token(at: position + 1) {
                position += 2
                arguments.named.append((name, try expression()))
            } else {
                arguments.positional.append(try expression())
            }
            if !accept(",") {
                guard accept(")") else { throw error("“)” is missing") }
                break
            }
        }
        return arguments
    }

    private mutating func primary() throws(JinjaError) -> JinjaExpression {
        guard let token = current else { throw error("the template ends in a tag") }
        position += 1
        switch token {
        case .string(let text):
            var text = text
            while case .string(let more)? = current {
                text += more
                position += 1
            }
            return .literal(.string(text))
        case .int(let value): return .literal(.int(value))
        case .double(let value): return .literal(.double(value))
        case .name("true"), .name("True"): return .literal(.bool(true))
        case .name("false"), .name("False"): return .literal(.bool(false))
        case .name("none"), .name("None"): return .literal(.none)
        case .name(let name): return .name(name)
        case .sign("("):
            let first = try expression()
            guard accept(",") else {
                guard accept(")") else { throw error("“)” is missing") }
                return first
            }
            return .list([first] + (try elements(until: ")")))
        case .sign("["): return .list(try elements(until: "]"))
        case .sign("{"): return .map(try pairs())
        default: throw error("a value is missing")
        }
    }

    private mutating func elements(until end: String) throws(JinjaError) -> [JinjaExpression] {
        var elements: [JinjaExpression] = []
        while !accept(end) {
            elements.append(try expression())
            if !accept(",") {
                guard accept(end) else { throw error("“\(end)” is missing") }
                break
            }
        }
        return elements
    }

    private mutating func pairs() throws(JinjaError) -> [(JinjaExpression, JinjaExpression)] {
        var pairs: [(JinjaExpression, JinjaExpression)] = []
        while !accept("}") {
            let key = try expression()
            guard accept(":") else { throw error("“:” is missing") }
            pairs.append((key, try expression()))
            if !accept(",") {
                guard accept("}") else { throw error("“}” is missing") }
                break
            }
        }
        return pairs
    }

    // MARK: Words

    private var current: JinjaLexer.Token? { token(at: position) }

    private func token(at position: Int) -> JinjaLexer.Token? {
        position < tokens.count ? tokens[position].token : nil
    }

    private mutating func accept(_ sign: String) -> Bool {
        guard current == .sign(sign) else { return false }
        position += 1
        return true
    }

    private mutating func acceptSign(_ signs: [String]) -> String? {
        guard case .sign(let sign)? = current, signs.contains(sign) else { return nil }
        position += 1
        return sign
    }

    private mutating func acceptName(_ name: String) -> Bool {
        guard current == .name(name) else { return false }
        position += 1
        return true
    }

    private mutating func name() throws(JinjaError) -> String {
        guard case .name(let name)? = current else { throw error("a name is missing") }
        position += 1
        return name
    }

    private mutating func expect(_ token: JinjaLexer.Token) throws(JinjaError) {
        guard current == token else { throw error("a tag is not closed") }
        position += 1
    }

    /// Goes a level deeper; whoever calls it goes back up.
    private mutating func enter() throws(JinjaError) {
        depth += 1
        guard depth <= JinjaParser.deepest else { throw .limit }
    }

    /// Counts a link of a chain.
    private func count(_ links: inout Int) throws(JinjaError) {
        links += 1
        guard links <= JinjaParser.longestChain else { throw .limit }
    }

    private func error(_ what: String) -> JinjaError {
        .syntax(what, line: tokens.isEmpty ? 1 : tokens[min(position, tokens.count - 1)].line)
    }
}
