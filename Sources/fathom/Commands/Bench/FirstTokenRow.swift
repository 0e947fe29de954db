/// How long a user waits for the first token of a short prompt: a whole process, from before its start, with the
/// model's file in the page cache.
struct FirstTokenRow {
    private(set) var seconds = Samples()
    private(set) var promptTokens = 0

    mutating func measure(_ program: ThisProgram) throws {
        let (seconds, run) = try program.runToFirstByte(
            ["--max-tokens", "1", "--system", BenchChat.shortSystem, BenchChat.shortMessage])
        self.seconds.append(seconds)
        promptTokens = run.promptTokens
    }
}
