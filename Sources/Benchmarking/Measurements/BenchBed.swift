import MoDModel
import ModelWorkshop

/// What the rows in this process share.
struct BenchBed {
    let plan: BenchPlan
    /// Chat text.
    let tokens: [Int32]
    /// With all threads asked for, and room for a prompt and what is decoded after it.
    let session: ModelSession
    let memory: MemoryBandwidth

    /// The first tokens of the text.
    var prompt: ArraySlice<Int32> { tokens[..<plan.prompt] }
    /// The tokens after the prompt.
    var continuation: ArraySlice<Int32> { tokens[plan.prompt..<plan.prompt + plan.decoded] }
}

extension ModelSession {
    /// Reads a text into an empty cache, chunk by chunk, with logits for its last token, as for a reply.
    ///
    /// - Returns: tokens a second.
    @discardableResult
    func prefill(_ text: ArraySlice<Int32>, at capacity: Capacity = .dense) throws(ModelError) -> Double {
        self.capacity = capacity
        truncate(to: 0)
        let start = ContinuousClock.now
        for chunk in chunks(of: text.indices) {
            try forward(text[chunk], logits: chunk.upperBound == text.endIndex ? .last : .none)
        }
        return Double(text.count) / ((ContinuousClock.now - start) / .seconds(1))
    }

    /// Runs tokens one at a time, each with its logits, after what the cache holds.
    ///
    /// - Returns: tokens a second.
    @discardableResult
    func decode(_ tokens: ArraySlice<Int32>, at capacity: Capacity = .dense) throws(ModelError) -> Double {
        self.capacity = capacity
        let start = ContinuousClock.now
        for index in tokens.indices {
            try forward(tokens[index...index], logits: .last)
        }
        return Double(tokens.count) / ((ContinuousClock.now - start) / .seconds(1))
    }
}
