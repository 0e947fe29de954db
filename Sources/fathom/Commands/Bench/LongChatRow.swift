import MoDModel
import Tokenization

/// What a chat keeps in memory after a message of thousands of tokens, pasted.
struct LongChatRow {
    private let message: String
    private(set) var resident: [ResidentMemory] = []

    /// - Parameter tokens: of the message, about.
    init(tokenizer: Tokenizer, tokens: Int) {
        let sentence = BenchChat.message + " "
        let count = max(1, tokens / max(1, tokenizer.encode(sentence).count))
        message = String(repeating: sentence, count: count)
    }

    mutating func measure(_ program: ThisProgram, model: MoDModel, reply: Int) throws {
        let chat = try ChatOnScreen(program, maximumTokens: reply)
        defer { chat.end() }
        _ = try chat.ask(message)
        if let memory = chat.residentMemory(model) { resident.append(memory) }
    }
}
