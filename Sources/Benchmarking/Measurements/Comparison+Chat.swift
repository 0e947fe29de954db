import InferenceEngine
import MoDModel
import Tokenization

// The comparison of processes of their own, as users start them.
extension Comparison {
    /// A reply in the chat, with its heatmap drawn on a terminal, and the same reply by `fathom run`: what the screen
    /// costs.
    ///
    /// - Parameter memory: is told what the chat keeps in memory after its reply.
    static func screen(on bed: BenchBed, program: ThisProgram, memory: ResidentMemoryRecord) -> Comparison {
        let reply = bed.plan.reply
        return Comparison(
            [Line("chatDecode", "decode with the chat's screen against without")], repeats: bed.plan.chats,
            first: {
                let chat = try ChatOnScreen(program, maximumTokens: reply)
                let rate = try chat.ask(BenchChat.message).statistics.rate
                memory.append(chat.residentMemory(bed.session.model))
                try chat.end()
                return [rate]
            },
            second: {
                [try program.run(["--max-tokens", "\(reply)", BenchChat.message]).statistics.rate]
            })
    }
}

/// What a chat kept in memory each time it was looked at.
final class ResidentMemoryRecord {
    private(set) var values: [ResidentMemory] = []

    func append(_ memory: ResidentMemory?) {
        if let memory { values.append(memory) }
    }
}

extension ResidentMemory {
    /// What a chat keeps in memory after a message of thousands of tokens, pasted.
    static func afterLongMessage(
        on bed: BenchBed, program: ThisProgram, tokenizer: Tokenizer
    ) -> SideBySide<ResidentMemory?> {
        let sentence = BenchChat.message + " "
        let count = max(1, bed.plan.longMessage / max(1, tokenizer.encode(sentence).count))
        let message = String(repeating: sentence, count: count)
        return SideBySide([
            {
                let chat = try ChatOnScreen(program, maximumTokens: bed.plan.reply)
                _ = try chat.ask(message)
                let memory = chat.residentMemory(bed.session.model)
                try chat.end()
                return memory
            }
        ])
    }
}

/// How long a user waits for the first token of a short prompt: a whole process, from before its start, with the
/// model's file in the page cache.
struct FirstToken {
    let seconds: Double
    /// Tokens of the prompt.
    let promptTokens: Int

    /// Measures once.
    init(of program: ThisProgram) throws(BenchmarkError) {
        let (seconds, summary) = try program.runToFirstByte(
            ["--max-tokens", "1", "--system", BenchChat.shortSystem, BenchChat.shortMessage])
        self.seconds = seconds
        promptTokens = summary.statistics.promptTokens
    }
}
