import Foundation
import MoDModel

/// A reply in the chat, with its heatmap drawn on a terminal, beside the same reply by `fathom run`: what the screen
/// costs. Both are processes of their own, as users start them.
struct ChatRow {
    /// Tokens a second.
    private(set) var onScreen = Samples()
    private(set) var plain = Samples()
    private(set) var resident: [ResidentMemory] = []
    private var chatFirst = false

    mutating func measure(_ program: ThisProgram, model: MoDModel, reply: Int) throws {
        // Whichever comes second finds the machine warmer; so they take turns.
        chatFirst.toggle()
        if chatFirst { try chat(program, model, reply) }
        plain.append(try program.run(["--max-tokens", "\(reply)", BenchChat.message]).rate)
        if !chatFirst { try chat(program, model, reply) }
    }

    private mutating func chat(_ program: ThisProgram, _ model: MoDModel, _ reply: Int) throws {
        let chat = try ChatOnScreen(program, maximumTokens: reply)
        defer { chat.end() }
        let answer = try chat.ask(BenchChat.message)
        onScreen.append(answer.rate)
        if let memory = ResidentMemory(
            of: chat.process.processIdentifier, model: model, context: answer.contextTokens)
        {
            resident.append(memory)
        }
    }
}
