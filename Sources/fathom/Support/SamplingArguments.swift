import ArgumentParser
import Conversations
import Settings

/// How the tokens of replies are drawn, as the command line has it.
///
/// A value is taken whatever it begins with, so that a negative one is told to be out of range and not to be missing.
struct SamplingArguments: ParsableArguments {
    @Option(parsing: .unconditional, help: ArgumentHelp(.temperature))
    var temperature: Float?

    @Option(parsing: .unconditional, help: ArgumentHelp(.topK))
    var topK: Int?

    @Option(parsing: .unconditional, help: ArgumentHelp(.topP))
    var topP: Float?

    @Option(parsing: .unconditional, help: ArgumentHelp(.minP))
    var minP: Float?

    @Option(parsing: .unconditional, help: ArgumentHelp(.repetitionPenalty))
    var repetitionPenalty: Float?

    @Option(parsing: .unconditional, help: ArgumentHelp(.loopPenalty))
    var loopPenalty: Float?

    @Option(parsing: .unconditional, help: ArgumentHelp(.seed))
    var seed: UInt64?

    @Option(parsing: .unconditional, help: ArgumentHelp(.maxTokens))
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
