import MoDModel

extension ChatState {
    /// Takes Enter in the composer: sends a message or carries out a command. What cannot be done now stays in the
    /// composer.
    mutating func submit() -> [ChatEffect] {
        let text = composer.text.trimmed
        guard !text.isEmpty else { return [] }
        do {
            switch try SlashCommand.read(text) {
            case .message(let message):
                guard reply == nil else {
                    warn("A reply is coming; Enter sends this once it has ended. Ctrl-C stops it.")
                    return []
                }
                composer.send()
                return send(message)
            case .command(let command):
                guard reply == nil || command.isAllowedDuringReply else {
                    warn("Not while a reply is coming: stop it first with Ctrl-C.")
                    return []
                }
                composer.send()
                return run(command)
            }
        } catch {
            warn(error.hint)
            return []
        }
    }

    private mutating func run(_ command: SlashCommand) -> [ChatEffect] {
        switch command {
        case .capacity(let capacity):
            if capacity == self.capacity {
                inform("The capacity is \(Numbers.decimal(capacity.value, 2)) already.")
            }
            return setCapacity(capacity)
        case .policy(let policy): return setPolicy(policy)
        case .showPolicy:
            inform("The policy is \(policy.title).")
            return []
        case .system(let prompt):
            inform("New conversation with this system prompt; the old one is in the history.")
            return startConversation(systemPrompt: prompt)
        case .showSystem:
            inform(
                transcript.systemPrompt.map { "System prompt: \($0)" }
                    ?? "The system prompt is the model's own.")
            return []
        case .clear:
            inform("New conversation; the old one is in the history.")
            return startConversation(systemPrompt: transcript.systemPrompt)
        case .regenerate: return regenerate()
        case .save(let path):
            guard transcript.hasMessages else {
                warn("There is nothing to save yet.")
                return []
            }
            return [.exportTranscript(text: MarkdownTranscript.text(of: self), path: path)]
        case .quit: return leave()
        case .help:
            helpScroll = 0
            return []
        }
    }
}

extension SlashCommand {
    /// Whether the command leaves the conversation as it is.
    var isAllowedDuringReply: Bool {
        switch self {
        case .capacity, .policy, .showPolicy, .showSystem, .save, .quit, .help: true
        case .system, .clear, .regenerate: false
        }
    }
}
