import MoDModel
import Settings

/// A command to the program, sent in place of a message: it begins with `/`.
enum Command: Sendable, Hashable {
    case capacity(Capacity)
    case policy(RoutingPolicy)
    case showPolicy
    case system(String)
    case showSystem
    case clear
    /// Another reply to the last question, at a capacity or with a seed of its own where given.
    case retry(capacity: Capacity?, seed: UInt64?)
    /// Another version of a question, counted from the newest, which is 1.
    case edit(question: Int)
    /// Hold so many tokens a second by moving the capacity; nil leaves the capacity to the user.
    case speed(Double?)
    /// Answer a question, or the last one where none is given, at two capacities.
    case compare(Capacity, Capacity, question: String?)
    /// Give a setting another value in this chat.
    case set(Setting, SettingValue)
    /// List the settings.
    case settings(words: String)
    /// Go on with a reply that was cut short.
    case goOn
    /// List the conversations with some words.
    case open(words: String)
    case undo
    /// Show replies as they were written, or as Markdown again.
    case raw
    case copy(Copied)
    case save(path: String?)
    case quit
    case help
}

/// What is copied of a conversation.
enum Copied: Sendable, Hashable {
    /// The newest reply.
    case reply
    /// The last block of code of the newest reply that has one.
    case code
    /// A message, counted from the newest, which is 1.
    case message(Int)

    /// What it is, for who copied it.
    var name: String {
        switch self {
        case .reply: "the last reply"
        case .message(1): "the last message"
        case .code: "the last block of code"
        case .message(let number): "message \(number) from the end"
        }
    }
}

/// All commands: what they are called, what may stand after them, and what the help and the README say of them.
enum CommandTable {
    /// Why a command could not be understood, and what to type instead.
    struct Misunderstood: Error, Hashable {
        var hint: String
    }

    struct Entry: Sendable {
        let name: String
        /// What may stand after the name, as the help shows it; empty where nothing may.
        let argument: String
        /// What the command does, in a few words.
        let meaning: String
        /// Arguments that are worth offering.
        var choices: [String] = []
        /// Whether the command leaves the conversation as it is, so that it may come while a reply does.
        let mayInterrupt: Bool
        fileprivate let parse: @Sendable (String) throws(Misunderstood) -> Command
    }

    static let entries: [Entry] = [
        Entry(
            name: "capacity", argument: "0.5", meaning: "turn the capacity, 0 to 1",
            choices: ["0.25", "0.5", "0.75", "1"], mayInterrupt: true
        ) { argument throws(Misunderstood) in .capacity(try capacity(argument))
        },
        Entry(
            name: "policy", argument: "NAME", meaning: "route by held, table or budget N",
            choices: ["held", "table", "budget "], mayInterrupt: true
        ) { argument throws(Misunderstood) in
            argument.isEmpty ? .showPolicy : .policy(try policy(argument))
        },
        Entry(
            name: "system", argument: "TEXT", meaning: "new conversation, new system prompt",
            mayInterrupt: false
        ) { argument throws(Misunderstood) in
            argument.isEmpty ? .showSystem : .system(argument)
        },
        alone("clear", .clear, meaning: "new conversation", mayInterrupt: false),
        Entry(
            name: "retry", argument: "[0.5]", meaning: "another reply (or: seed 7)",
            choices: ["0.25", "0.5", "0.75", "1", "seed "], mayInterrupt: false
        ) { argument throws(Misunderstood) in
            try retry(argument)
        },
        Entry(
            name: "edit", argument: "[2]", meaning: "your last message anew, or 2nd last", mayInterrupt: false
        ) { argument throws(Misunderstood) in
            guard let number = argument.isEmpty ? 1 : Int(argument), number > 0 else {
                throw Misunderstood(
                    hint: "Your last message is 1, the one before 2: type /edit 2, not \(argument.prefix(20))"
                )
            }
            return .edit(question: number)
        },
        Entry(
            name: "copy", argument: "[code]", meaning: "the last reply, its code, or /copy 2",
            choices: ["code"], mayInterrupt: true
        ) { argument throws(Misunderstood) in
            switch (argument, Int(argument)) {
            case ("", _): return .copy(.reply)
            case ("code", _): return .copy(.code)
            case (_, let number?) where number > 0: return .copy(.message(number))
            default:
                throw Misunderstood(
                    hint: "Messages count from the last, which is 1: type /copy 2, /copy code or /copy")
            }
        },
        Entry(
            name: "speed", argument: "120", meaning: "hold tokens/s by the capacity, or off",
            choices: ["off"],
            mayInterrupt: true
        ) { argument throws(Misunderstood) in
            if argument.lowercased() == "off" { return .speed(nil) }
            guard argument.allSatisfy({ $0.isNumber || $0 == "." }), let speed = Double(argument),
                speed.isFinite, (1...100_000).contains(speed)
            else {
                throw Misunderstood(
                    hint: "A speed is a number of tokens a second: type /speed 120, or /speed off")
            }
            return .speed(speed)
        },
        Entry(
            name: "compare", argument: "1 0.5 [TEXT]", meaning: "one reply at two capacities",
            mayInterrupt: false
        ) { argument throws(Misunderstood) in
            let words = argument.split(maxSplits: 2, whereSeparator: \.isWhitespace)
            guard words.count >= 2 else {
                throw Misunderstood(
                    hint: "Two capacities are compared: type /compare 1 0.5, and a question if you like")
            }
            return .compare(
                try capacity(String(words[0]), try: "/compare 1 0.5"),
                try capacity(String(words[1]), try: "/compare 1 0.5"),
                question: words.count > 2 ? words[2].trimmed : nil)
        },
        Entry(
            name: "set", argument: "[NAME VALUE]", meaning: "a setting for this chat; alone: all",
            choices: Setting.all.map { $0.name + " " }, mayInterrupt: true
        ) { argument throws(Misunderstood) in
            guard argument.contains(where: \.isWhitespace) else { return .settings(words: argument) }
            do {
                let (setting, value) = try Setting.assignment(argument)
                return .set(setting, value)
            } catch {
                throw Misunderstood(hint: "\(error)")
            }
        },
        alone("continue", .goOn, meaning: "go on with a stopped reply", mayInterrupt: false),
        Entry(
            name: "open", argument: "[WORDS]", meaning: "find and open a conversation", mayInterrupt: true
        ) { argument throws(Misunderstood) in .open(words: argument) },
        alone("raw", .raw, meaning: "replies as written, or Markdown", mayInterrupt: true),
        alone("undo", .undo, meaning: "take the last turn back", mayInterrupt: false),
        Entry(
            name: "save", argument: "[PATH]", meaning: "to a file: .md, .html or .json", mayInterrupt: true
        ) { argument throws(Misunderstood) in
            .save(path: argument.isEmpty ? nil : argument)
        },
        alone("help", .help, meaning: "all keys and commands", mayInterrupt: true),
        alone("quit", .quit, meaning: "leave", mayInterrupt: true),
    ]

    /// What a text from the composer is.
    enum Input: Sendable {
        case message(String)
        /// A command; one that may not interrupt a reply waits until it has ended.
        case command(Command, mayInterrupt: Bool)
    }

    /// Tells messages from commands. A text that begins with `//` is a message that begins with one slash.
    ///
    /// - Throws: `Misunderstood` for a command that does not exist or an argument that it cannot have.
    static func read(_ text: String) throws(Misunderstood) -> Input {
        guard text.first == "/" else { return .message(text) }
        let rest = text.dropFirst()
        if rest.first == "/" { return .message(String(rest)) }
        let name = rest.prefix { !$0.isWhitespace }
        guard let entry = entries.first(where: { $0.name == name }) else {
            throw Misunderstood(
                hint: "There is no /\(name.prefix(16)). /help lists the commands; // sends a slash.")
        }
        let command = try entry.parse(rest.dropFirst(name.count).trimmed)
        // Shown, a system prompt changes nothing.
        return .command(command, mayInterrupt: entry.mayInterrupt || command == .showSystem)
    }

    /// A message as it is to be typed: one that begins with a slash takes another before it.
    static func typed(_ message: String) -> String {
        message.first == "/" ? "/" + message : message
    }

    private static func alone(
        _ name: String, _ command: Command, meaning: String, mayInterrupt: Bool
    ) -> Entry {
        Entry(name: name, argument: "", meaning: meaning, mayInterrupt: mayInterrupt) {
            argument throws(Misunderstood) in
            guard argument.isEmpty else {
                throw Misunderstood(hint: "/\(name) takes nothing after it: type /\(name) alone.")
            }
            return command
        }
    }

    private static func retry(_ argument: String) throws(Misunderstood) -> Command {
        let words = argument.split(whereSeparator: \.isWhitespace)
        if words.count == 2, words[0] == "seed" {
            guard let seed = UInt64(words[1]) else {
                throw Misunderstood(
                    hint: "A seed is a whole number, not \(words[1].prefix(20)): type /retry seed 7")
            }
            return .retry(capacity: nil, seed: seed)
        }
        return .retry(capacity: argument.isEmpty ? nil : try capacity(argument, try: "/retry 0.5"), seed: nil)
    }

    private static func capacity(
        _ argument: String, try example: String = "/capacity 0.5"
    ) throws(Misunderstood) -> Capacity {
        if argument == "dense" { return .dense }
        guard let value = Double(argument), let capacity = Capacity(value) else {
            let given = argument.isEmpty ? "" : ", not \(argument.prefix(20))"
            throw Misunderstood(hint: "A capacity is a number from 0 to 1\(given): type \(example)")
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
