import ArgumentParser
import Conversations
import InferenceEngine

/// How the tokens of replies are drawn, as the command line has it.
struct SamplingArguments: ParsableArguments {
    @Option(help: "Divides the logits; 0 always takes the most probable token that the penalties leave.")
    var temperature = SamplingOptions().temperature

    @Option(help: "Keep this many of the most probable tokens; 0 keeps all.")
    var topK = SamplingOptions().topK

    @Option(help: "Keep the most probable tokens up to this sum of probabilities.")
    var topP = SamplingOptions().topP

    @Option(help: "Keep tokens at least this fraction as probable as the most probable one.")
    var minP = SamplingOptions().minP

    @Option(help: "Makes recent tokens less likely; 1 leaves them alone.")
    var repetitionPenalty = SamplingOptions().repetitionPenalty

    @Option(help: "Makes it less likely that a reply goes round in a loop; 0 leaves it alone.")
    var loopPenalty = SamplingOptions().loopPenalty

    @Option(help: "The same seed and prompt give the same reply. [default: another each time]")
    var seed: UInt64?

    @Option(help: "The most tokens in one reply.")
    var maxTokens = SamplingOptions().maximumTokens

    func validate() throws {
        guard temperature.isFinite, (0...100).contains(temperature) else {
            throw ValidationError("--temperature is \(temperature); give 0 to 100.")
        }
        guard topK >= 0 else { throw ValidationError("--top-k is \(topK); give 0 or more.") }
        guard topP > 0, topP <= 1 else {
            throw ValidationError("--top-p is \(topP); give more than 0, at most 1.")
        }
        guard (0...1).contains(minP) else { throw ValidationError("--min-p is \(minP); give 0 to 1.") }
        guard repetitionPenalty.isFinite, repetitionPenalty > 0 else {
            throw ValidationError("--repetition-penalty is \(repetitionPenalty); give a number above 0.")
        }
        guard loopPenalty.isFinite, loopPenalty >= 0 else {
            throw ValidationError("--loop-penalty is \(loopPenalty); give 0 or more.")
        }
        guard maxTokens >= 1 else { throw ValidationError("--max-tokens is \(maxTokens); give at least 1.") }
    }

    /// The options as the engine takes them.
    var options: SamplingOptions {
        var options = SamplingOptions(
            temperature: temperature, topK: topK, topP: topP, minP: minP,
            repetitionPenalty: repetitionPenalty, loopPenalty: loopPenalty,
            maximumTokens: maxTokens)
        if let seed { options.seed = seed }
        return options
    }
}
