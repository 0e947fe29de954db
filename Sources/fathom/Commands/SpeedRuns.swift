import MoDModel

/// Times prefill and decode on the path a chat uses.
struct SpeedRuns {
    /// What several runs at one capacity gave.
    struct Result {
        let capacity: Capacity
        var prefillSeconds: [Double] = []
        var decodeSeconds: [Double] = []
        var promptTokens = 0
        var decodedTokens = 0
        var bytesPerToken = 0.0
        var realisedCapacity = 1.0

        init(capacity: Capacity) {
            self.capacity = capacity
        }

        /// Tokens a second, the median of the runs.
        var prefillRate: Double { Double(promptTokens) / Result.median(prefillSeconds) }
        /// Tokens a second, the median of the runs.
        var decodeRate: Double { Double(decodedTokens) / Result.median(decodeSeconds) }

        private static func median(_ values: [Double]) -> Double {
            let sorted = values.sorted()
            let middle = sorted.count / 2
            return sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
        }
    }

    let session: ModelSession
    /// The prompt, then the tokens to decode.
    let tokens: [Int32]
    let prompt: Int

    /// One prefill and one decode at the result's capacity.
    func measure(into result: inout Result) throws(ModelError) {
        session.capacity = result.capacity
        session.truncate(to: 0)
        let clock = ContinuousClock()
        let start = clock.now
        for first in stride(from: 0, to: prompt, by: session.chunkLength) {
            let chunk = first..<min(first + session.chunkLength, prompt)
            try session.forward(tokens[chunk], logits: chunk.upperBound == prompt ? .last : .none)
        }
        let prefilled = clock.now
        var bytes = 0
        var processed = 0
        for token in prompt..<tokens.count {
            try session.forward(tokens[token...token], logits: .last)
            let routing = session.routing(row: 0)
            bytes += session.model.description.weights.read(by: routing)
            processed += session.model.description.routedBlocks.count { routing.processed[$0] }
        }
        let decoded = clock.now
        result.promptTokens = prompt
        result.decodedTokens = tokens.count - prompt
        result.prefillSeconds.append((prefilled - start) / .seconds(1))
        result.decodeSeconds.append((decoded - prefilled) / .seconds(1))
        result.bytesPerToken = Double(bytes) / Double(result.decodedTokens)
        let pairs = result.decodedTokens * session.model.description.routedBlocks.count
        result.realisedCapacity = pairs == 0 ? 1 : Double(processed) / Double(pairs)
    }
}
