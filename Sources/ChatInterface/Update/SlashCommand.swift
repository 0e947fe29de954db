import MoDModel

/// A command to the program, sent in place of a message: it begins with `/`.
enum SlashCommand: Sendable, Hashable {
    case capacity(Capacity)
    case policy(RoutingPolicy)
    case showPolicy
    case system(String)
    case showSystem
    case clear
    case regenerate
    case save(path: String?)
    case quit
    case help

    /// Why a command could not be understood, and what to type instead.
    struct Misunderstood: Error, Hashable {
        var hint: String
    }

    /// What a text from the composer is: a message or a command.
    enum Input: Sendable, Hashable {
        case message(String)
        case command(SlashCommand)
    }

    /// Tells messages from commands. A text that begins with `//` is a message that begins with one slash.
    ///
    /// - Throws: `Misunderstood` for a command that does not exist or an argument that it cannot have.
    static func read(_ text: String) throws(Misunderstood) -> Input {
        guard text.first == "/" else { return .message(text) }
        let rest = text.dropFirst()
        if rest.first == "/" { return .message(String(rest)) }
        let name = rest.prefix { !$0.isWhitespace }
        let argument = rest.dropFirst(name.count).trimmed
        return .command(try command(String(name), argument))
    }

    private static func command(_ name: String, _ argument: String) throws(Misunderstood) -> SlashCommand {
        switch name {
        case "capacity": return .capacity(try capacity(argument))
        case "policy": return argument.isEmpty ? .showPolicy : .policy(try policy(argument))
        case "system": return argument.isEmpty ? .showSystem : .system(argument)
        case "save": return .save(path: argument.isEmpty ? nil : argument)
        case "clear": return try alone(.clear, name, argument)
        case "regenerate": return try alone(.regenerate, name, argument)
        case "quit": return try alone(.quit, name, argument)
        case "help": return try alone(.help, name, argument)
        default:
            throw Misunderstood(
                hint: "There is no /\(name.prefix(16)). /help lists the commands; // sends a slash.")
        }
    }

    private static func capacity(_ argument: String) throws(Misunderstood) -> Capacity {
        if argument == "dense" { return .dense }
        guard let value = Double(argument), let capacity = Capacity(value) else {
            let given = argument.isEmpty ? "" : ", not \(argument.prefix(20))"
            throw Misunderstood(hint: "A capacity is a number from 0 to 1\(given): type /capacity 0.5")
        }
        return capacity
    }

    private static func policy(_ argument: String) throws(Misunderstood) -> RoutingPolicy {
        let words = argument.split(whereSeparator: \.isWhitespace)
        switch (words.first, words.dropFirst().first, words.count) {
        case ("held", nil, _): return .held
        case ("table", nil, _): return .table
        case ("budget", nil, _): return .budget(window: RoutingPolicy.defaultWindow)
        case ("budget", let window?, 2):
            guard let window = Int(window), RoutingPolicy.windows.contains(window) else {
                let (least, most) = (RoutingPolicy.windows.lowerBound, RoutingPolicy.windows.upperBound)
                throw Misunderstood(
                    hint: "A budget's window is \(least) to \(most) tokens: type /policy budget 64")
            }
            return .budget(window: window)
        default:
            throw Misunderstood(
                hint: "A policy is held, table or budget, not \(argument.prefix(20)): type /policy held")
        }
    }

    private static func alone(
        _ command: SlashCommand, _ name: String, _ argument: String
    ) throws(Misunderstood) -> SlashCommand {
        guard argument.isEmpty else {
            throw Misunderstood(hint: "/\(name) takes nothing after it: type /\(name) alone.")
        }
        return command
    }
}

extension StringProtocol {
    /// The text without white space at its ends.
    var trimmed: String {
        guard let first = firstIndex(where: { !$0.isWhitespace }),
            let last = lastIndex(where: { !$0.isWhitespace })
        else { return "" }
        return String(self[first...last])
    }
}
