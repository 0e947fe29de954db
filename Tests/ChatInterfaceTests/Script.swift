import ChatInterface
import Conversations
import InferenceEngine
import MoDModel
import TerminalKit

/// Keys written as text: `abc`, with the others between angle brackets: `<Left>`, `<C-a>` (Ctrl), `<A-Enter>` (Alt).
struct Script: ExpressibleByStringLiteral, Sendable, CustomStringConvertible {
    let description: String

    init(stringLiteral value: String) { description = value }

    var keys: [(Key, Modifiers)] {
        var keys: [(Key, Modifiers)] = []
        var rest = Substring(description)
        while let first = rest.first {
            if first == "<", let end = rest.firstIndex(of: ">") {
                keys.append(Script.named(rest[rest.index(after: rest.startIndex)..<end]))
                rest = rest[rest.index(after: end)...]
            } else {
                keys.append((.character(first), []))
                rest = rest.dropFirst()
            }
        }
        return keys
    }

    private static func named(_ name: Substring) -> (Key, Modifiers) {
        var name = name
        var modifiers: Modifiers = []
        while name.count > 2, name.dropFirst().first == "-" {
            modifiers.insert(name.first == "C" ? .control : .alt)
            name = name.dropFirst(2)
        }
        let keys: [Substring: Key] = [
            "Enter": .enter, "Tab": .tab, "BS": .backspace, "Del": .delete, "Esc": .escape, "Up": .up,
            "Down": .down, "Left": .left, "Right": .right, "Home": .home, "End": .end, "PgUp": .pageUp,
            "PgDn": .pageDown, "F1": .function(1),
        ]
        return (keys[name] ?? .character(name.first ?? " "), modifiers)
    }
}

extension Driver {
    /// Presses all keys of a script and returns the effects of all of them.
    @discardableResult
    mutating func play(_ script: Script) -> [ChatEffect] {
        script.keys.flatMap { press($0.0, $0.1) }
    }

    /// The messages sent so far, as they were saved.
    var sent: [String] {
        effects.compactMap { [$0].savedQuestion }
    }

    /// The capacities the engine was set to so far.
    var turns: [Double] {
        effects.compactMap { effect in
            if case .setCapacity(let capacity) = effect { capacity.value } else { nil }
        }
    }
}

extension [ChatEffect] {
    /// The name of the reply asked for last.
    var asked: ReplyID? {
        lazy.compactMap { effect in
            if case .generate(let reply, _, _, _) = effect { reply } else { nil }
        }.last
    }

    /// Whether another conversation begins.
    var startsConversation: Bool {
        contains { if case .startConversation = $0 { true } else { false } }
    }

    /// The conversation a reply is asked for.
    var conversation: [Said]? {
        lazy.compactMap { effect in
            if case .generate(_, let conversation, _, _) = effect { Said.all(in: conversation) } else { nil }
        }.first
    }

    /// How the reply asked for is to be drawn.
    var sampling: SamplingOptions? {
        lazy.compactMap { effect in
            if case .generate(_, _, _, let sampling) = effect { sampling } else { nil }
        }.first
    }

    /// The text that the reply asked for goes on after.
    var continuing: String? {
        lazy.compactMap { effect in
            if case .generate(_, _, let start, _) = effect { start } else { nil }
        }.first
    }

    /// The question to be saved.
    var savedQuestion: String? {
        lazy.compactMap { effect in
            guard case .save(let id, let conversation, _) = effect, let message = conversation[id],
                message.role == .user
            else { return nil }
            return message.text
        }.first
    }

    /// The reply to be saved.
    var savedReply: SavedReply? {
        lazy.compactMap { effect in
            guard case .save(let id, let conversation, let trace) = effect, let message = conversation[id],
                message.role == .assistant
            else { return nil }
            return SavedReply(message: message, trace: trace)
        }.first
    }
}

/// What was said, the system prompt included.
struct Said: Equatable {
    enum Role { case system, user, assistant }
    let role: Role
    let content: String

    /// The system prompt and the branch of a conversation.
    static func all(in conversation: Conversation) -> [Said] {
        (conversation.systemPrompt.map { [Said(role: .system, content: $0)] } ?? [])
            + conversation.branch.map { Said(role: $0.role == .user ? .user : .assistant, content: $0.text) }
    }
}

/// A reply that is to be kept.
struct SavedReply {
    let message: Message
    let trace: [TracedToken]
    var text: String { message.text }
    var interrupted: Bool { message.isInterrupted }
}
