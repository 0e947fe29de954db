import Foundation
import MoDModel

/// A reply in the chat, with its heatmap drawn on a terminal, beside the same reply by `fathom run`: what the screen
/// costs. Both are processes of their own, as users start them.
struct ChatRow {
    /// Tokens a second.
    private(set) var onScreen = Samples()
    private(set) var plain = Samples()
    private(set) var resident: [ResidentMemory] = []
    private enum Side: CaseIterable {
        case onScreen, plain
    }
    private var turns = Turns(Side.allCases)

    mutating func measure(_ program: ThisProgram, model: MoDModel, reply: Int) throws {
        for side in turns.next() {
            switch side {
            case .onScreen:
                let chat = try ChatOnScreen(program, maximumTokens: reply)
                defer { chat.end() }
                onScreen.append(try chat.ask(BenchChat.message).rate)
                if let memory = chat.residentMemory(model) { resident.append(memory) }
            case .plain:
                plain.append(try program.run(["--max-tokens", "\(reply)", BenchChat.message]).rate)
            }
        }
    }
}
