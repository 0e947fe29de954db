import Conversations

extension Setting {
    /// The model's file.
    public static let model = Setting(
        "model", "The model, a GGUF file", .path, otherwise: "the one that comes with fathom")
    /// Compute threads.
    public static let threads = Setting(
        "threads", "Compute threads", .integer(1...256), otherwise: "one a core, at most 8")
    /// Tokens of context.
    public static let context = Setting(
        "context", "Tokens of context to make room for", .integer(16...Int.max),
        otherwise: "what the model was trained for")
    /// The capacity a reply begins with.
    public static let capacity = Setting(
        "capacity", "The capacity to start with", .number(0, 1), otherwise: "the model's")
    /// How scores become routes.
    public static let policy = Setting(
        "policy", "How scores become routes", .choice(["held", "table", "budget"]), "held")
    /// The window of the policy `budget`.
    public static let window = Setting(
        "window", "Tokens in a window of the policy budget", .integer(1...65536), "64")
    /// The system prompt.
    public static let system = Setting(
        "system", "What the model is told first", .text, otherwise: "the model's own")
    /// What divides the logits.
    public static let temperature = Setting(
        "temperature", "Divides the logits; 0 takes the most probable token", .number(0, 100),
        "\(sampling.temperature)")
    /// How many of the most probable tokens are kept.
    public static let topK = Setting(
        "top_k", "Keep this many of the most probable tokens; 0 keeps all", .integer(0...Int.max),
        "\(sampling.topK)")
    /// The sum of probabilities that is kept.
    public static let topP = Setting(
        "top_p", "Keep the most probable tokens up to this sum of probabilities", .number(above: 0, 1),
        "\(sampling.topP)")
    /// The least probability that is kept, relative to the greatest.
    public static let minP = Setting(
        "min_p", "Keep tokens at least this fraction as probable as the most probable one", .number(0, 1),
        "\(sampling.minP)")
    /// What makes recent tokens less likely.
    public static let repetitionPenalty = Setting(
        "repetition_penalty", "Makes recent tokens less likely; 1 leaves them alone", .number(above: 0),
        "\(sampling.repetitionPenalty)")
    /// What makes loops less likely.
    public static let loopPenalty = Setting(
        "loop_penalty", "Makes it less likely that a reply goes round in a loop; 0 leaves it alone",
        .number(0), "\(sampling.loopPenalty)")
    /// What starts the random numbers.
    public static let seed = Setting(
        "seed", "The same seed and prompt give the same reply", .integer(0...Int.max),
        otherwise: "another each time")
    /// The longest reply.
    public static let maxTokens = Setting(
        "max_tokens", "The most tokens in one reply", .integer(1...Int.max), "\(sampling.maximumTokens)")
    /// Whether drafts are copied from the conversation.
    public static let promptLookup = Setting(
        "prompt_lookup", "Copy drafts from the conversation", .flag, "true")
    /// How many tokens are drafted at a lower capacity.
    public static let draftTokens = Setting(
        "draft_tokens", "Draft up to this many tokens at a lower capacity; 0 drafts none", .integer(0...16),
        "0")
    /// The capacity of drafts.
    public static let draftCapacity = Setting(
        "draft_capacity", "The capacity of drafts", .number(0, 1), "0.5")
    /// Whether chats are kept.
    public static let save = Setting("save", "Keep what is said in chats", .flag, "true")
    /// The colours of the screen.
    public static let theme = Setting(
        "theme", "The colours of the chat", .choice(["auto", "dark", "light", "contrast"]), "auto")
    /// What the colours of replies tell.
    public static let tint = Setting(
        "tint", "What the colours of a reply's text tell", .choice(["off", "depth", "entropy", "settled"]),
        "off")
    /// Whether the chat takes the mouse.
    public static let mouse = Setting("mouse", "Use the mouse in the chat", .flag, "true")
    /// Whether the screen keeps to ASCII.
    public static let ascii = Setting("ascii", "Draw the chat in ASCII alone", .flag, "false")

    /// All settings, in the order in which they are listed.
    public static let all: [Setting] = [
        model, threads, context, capacity, policy, window, system, temperature, topK, topP, minP,
        repetitionPenalty, loopPenalty, seed, maxTokens, promptLookup, draftTokens, draftCapacity, save,
        theme, tint, mouse, ascii,
    ]

    /// The setting of a name, in which `-` counts for `_`.
    ///
    /// - Throws: `SettingsError.unknown` where there is none.
    public static func named(_ name: some StringProtocol) throws(SettingsError) -> Setting {
        let name = String(name).replacing("-", with: "_")
        guard let setting = all.first(where: { $0.name == name }) else {
            throw .unknown(name, at: nil)
        }
        return setting
    }

    /// Reads a name and, after white space, a value: `top_p 0.9`.
    ///
    /// - Throws: `SettingsError.unknown` or `.value`.
    public static func assignment(
        _ text: some StringProtocol
    ) throws(SettingsError) -> (setting: Setting, value: SettingValue) {
        let start = text.drop(while: \.isWhitespace)
        let name = start.prefix { !$0.isWhitespace }
        let rest = start.dropFirst(name.count).drop(while: \.isWhitespace)
        let end = rest.lastIndex { !$0.isWhitespace }
        let setting = try named(name)
        return (setting, try setting.value(of: end.map { String(rest[...$0]) } ?? ""))
    }

    private static let sampling = SamplingOptions()

    /// Creates a setting whose default is a value, given as a text.
    private init(_ name: String, _ meaning: String, _ kind: Kind, _ defaultText: String) {
        let blank = Setting(
            name: name, meaning: meaning, kind: kind, defaultValue: nil, defaultText: defaultText)
        guard let value = try? blank.value(of: defaultText) else {
            preconditionFailure("the default of \(name) is none of its values")
        }
        self.init(
            name: name, meaning: meaning, kind: kind, defaultValue: value, defaultText: value.description)
    }

    /// Creates a setting whose default depends on something else.
    private init(_ name: String, _ meaning: String, _ kind: Kind, otherwise defaultText: String) {
        self.init(name: name, meaning: meaning, kind: kind, defaultValue: nil, defaultText: defaultText)
    }
}

extension Setting.Kind {
    fileprivate static func number(_ least: Double, _ most: Double? = nil) -> Self {
        .number(Setting.Bounds(least: least, includesLeast: true, most: most))
    }

    fileprivate static func number(above least: Double, _ most: Double? = nil) -> Self {
        .number(Setting.Bounds(least: least, includesLeast: false, most: most))
    }
}
