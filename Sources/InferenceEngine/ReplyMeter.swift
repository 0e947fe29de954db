package import MoDModel

/// Measures what a reply costs while it is written.
package struct ReplyMeter {
    private let description: ModelDescription
    private let clock = ContinuousClock()
    private var started: ContinuousClock.Instant
    private var answered: ContinuousClock.Instant?
    private var work = 0.0
    private var readTokens = 0
    private var shareRead = 0.0

    /// Prompt tokens that went through the model for the reply.
    package var promptTokens = 0
    /// Prompt tokens that were in the KV cache already.
    package var reusedTokens = 0
    /// Tokens generated, the one that ended the turn included.
    package private(set) var generatedTokens = 0
    /// Tokens drafted, by the model or from the context.
    package var draftedTokens = 0
    /// Drafted tokens that were verified and became part of the reply.
    package var keptTokens = 0

    /// Begins to measure a reply of a model that is so described.
    package init(_ description: ModelDescription) {
        self.description = description
        started = clock.now
    }

    /// Notes that the prompt went through the model: from here on the reply is generated.
    package mutating func promptEnded() {
        answered = clock.now
    }

    /// Counts a generated token; `routing` is nil for one that the model did not read.
    package mutating func count(_ routing: TokenRouting?) {
        generatedTokens += 1
        guard let routing else { return }
        readTokens += 1
        work += routing.work(at: description.routedBlocks, thinWork: description.weights.thinWork)
        shareRead += description.weights.shareRead(by: routing)
    }

    /// What the reply has cost so far.
    package var statistics: GenerationStatistics {
        let now = clock.now
        let decisions = readTokens * description.routedBlocks.count
        return GenerationStatistics(
            promptTokens: promptTokens,
            reusedTokens: reusedTokens,
            generatedTokens: generatedTokens,
            promptSeconds: started.duration(to: answered ?? now) / .seconds(1),
            generationSeconds: (answered ?? now).duration(to: now) / .seconds(1),
            realisedCapacity: decisions == 0 ? 1 : work / Double(decisions),
            weightsReadShare: readTokens == 0 ? 1 : shareRead / Double(readTokens),
            draftedTokens: draftedTokens,
            keptTokens: keptTokens
        )
    }
}
