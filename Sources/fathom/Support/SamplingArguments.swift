import ArgumentParser
import Conversations
import Settings

/// How the tokens of replies are drawn, as the command line has it.
struct SamplingArguments: ParsableArguments {
    @Option(help: ArgumentHelp(.temperature))
    var temperature: Float?

    @Option(help: ArgumentHelp(.topK))
    var topK: Int?

    @Option(help: ArgumentHelp(.topP))
    var topP: Float?

    @Option(help: ArgumentHelp(.minP))
    var minP: Float?

    @Option(help: ArgumentHelp(.repetitionPenalty))
    var repetitionPenalty: Float?

    @Option(help: ArgumentHelp(.loopPenalty))
    var loopPenalty: Float?

    @Option(help: ArgumentHelp(.seed))
    var seed: UInt64?

    @Option(help: ArgumentHelp(.maxTokens))
    var maxTokens: Int?

    func validate() throws {
        try Setting.temperature.check(temperature)
        try Setting.topK.check(topK)
        try Setting.topP.check(topP)
        try Setting.minP.check(minP)
        try Setting.repetitionPenalty.check(repetitionPenalty)
        try Setting.loopPenalty.check(loopPenalty)
        try Setting.maxTokens.check(maxTokens)
    }

    /// The options as the engine takes them: those of the command line, else those that are set.
    func options(_ settings: Settings) -> SamplingOptions {
        var options = settings.sampling
        if let temperature { options.temperature = temperature }
        if let topK { options.topK = topK }
        if let topP { options.topP = topP }
        if let minP { options.minP = minP }
        if let repetitionPenalty { options.repetitionPenalty = repetitionPenalty }
        if let loopPenalty { options.loopPenalty = loopPenalty }
        if let seed { options.seed = seed }
        if let maxTokens { options.maximumTokens = maxTokens }
        return options
    }
}
