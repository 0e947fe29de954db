import InferenceEngine
import MoDModel
import Testing

@Suite("The context plan")
struct ContextPlanTests {
    @Test("keeps everything while it fits")
    func fits() throws {
        let plan = try ContextPlan(conversation("s10 u20 a30 u20"), closing: 5, limit: 85)
        #expect(plan.kept == [0, 1, 2, 3])
        #expect(plan.droppedCount == 0)
    }

    @Test("drops the oldest whole turns, down to half, and never the system prompt or the newest question")
    func drops() throws {
        // 10 + 6 × 10 + 10 + 5 = 85 is one too many; 10 + 2 × 10 + 5 + 10 = 45 is more than half of 84.
        let messages = conversation("s10 u5 a5 u5 a5 u5 a5 u5 a5 u5 a5 u5 a5 u10")
        #expect(try ContextPlan(messages, closing: 5, limit: 85).droppedCount == 0)
        let plan = try ContextPlan(messages, closing: 5, limit: 84)
        #expect(plan.kept == [0, 11, 12, 13])
        #expect(plan.droppedCount == 10)
    }

    @Test(
        "keeps what is seen the same while the conversation grows, until it must not", arguments: [9, 40, 90])
    func stable(answer: Int) throws {
        var messages = conversation("s10")
        var starts: [Int] = []
        for _ in 0..<200 {
            messages += conversation("u7")
            let plan = try ContextPlan(messages, closing: 3, limit: 200)
            if let dropped = starts.last, plan.droppedCount != dropped {
                let before = messages.dropFirst(1 + dropped).reduce(3 + 10) { $0 + $1.tokens }
                #expect(before > 200, "nothing is dropped that had room")
            }
            let seen = plan.kept.reduce(3) { $0 + messages[$1].tokens }
            #expect(seen <= 200)
            #expect(plan.kept.first == 0 && plan.kept.last == messages.count - 1)
            #expect(plan.droppedCount.isMultiple(of: 2), "a question goes with its answer")
            starts.append(plan.droppedCount)
            messages += conversation("a\(answer)")
        }
        #expect(starts == starts.sorted())
        // Half of the context is freed at once: that is room for 100 ÷ (7 + answer) turns.
        let moves = zip(starts, starts.dropFirst()).count { $0 != $1 }
        #expect(moves > 10 && moves <= 200 / max(100 / (7 + answer), 1))
    }

    @Test("refuses a question that cannot fit, and only then")
    func tooLong() throws {
        let messages = conversation("s10 u50 a50 u80")
        #expect(throws: EngineError.promptTooLong(tokens: 95, limit: 94)) {
            try ContextPlan(messages, closing: 5, limit: 94)
        }
        #expect(try ContextPlan(messages, closing: 5, limit: 95).kept == [0, 3])
        #expect(throws: EngineError.promptTooLong(tokens: 15, limit: 14)) {
            try ContextPlan(conversation("s10"), closing: 5, limit: 14)
        }
    }

    @Test("copes with conversations of any shape")
    func anyShape() throws {
        var random = SplitMix64(seed: 3)
        for _ in 0..<2000 {
            let messages = (0..<random.next() % 12).map { _ in
                let kind = random.next() % 3
                return ContextPlan.Message(
                    isSystem: kind == 0, isUser: kind == 1, tokens: Int(random.next() % 40))
            }
            let limit = Int(random.next() % 200)
            let pinned = messages.filter(\.isSystem).reduce(3) { $0 + $1.tokens }
            guard let plan = try? ContextPlan(messages, closing: 3, limit: limit) else { continue }
            #expect(plan.kept.reduce(3) { $0 + messages[$1].tokens } <= limit)
            #expect(plan.kept == plan.kept.sorted())
            #expect(messages.indices.allSatisfy { !messages[$0].isSystem || plan.kept.contains($0) })
            let others = messages.indices.filter { !messages[$0].isSystem }
            #expect(
                others.suffix(others.count - plan.droppedCount)
                    == plan.kept.filter { !messages[$0].isSystem }[...])
            #expect(pinned <= limit)
            if let newest = messages.lastIndex(where: \.isUser) { #expect(plan.kept.contains(newest)) }
        }
    }

    @Test("The reserve is an eighth of the context, or what was asked for")
    func reserve() {
        #expect(ContextPlan.reserve(contextLength: 8192, maximumTokens: 4000) == 1024)
        #expect(ContextPlan.reserve(contextLength: 8192, maximumTokens: 100) == 100)
        #expect(ContextPlan.reserve(contextLength: 8192, maximumTokens: -1) == 1)
        #expect(ContextPlan.reserve(contextLength: 4, maximumTokens: 100) == 1)
    }

    /// Reads "s10 u5 a5": a system message of 10 tokens, a question of 5, an answer of 5.
    private func conversation(_ text: String) -> [ContextPlan.Message] {
        text.split(separator: " ").map { word in
            ContextPlan.Message(
                isSystem: word.hasPrefix("s"), isUser: word.hasPrefix("u"), tokens: Int(word.dropFirst()) ?? 0
            )
        }
    }
}
