import Logging

extension GenerationStatistics {
    /// What the log is told of a reply that ended for a reason, in a conversation of so many messages, with so many
    /// tokens in the context.
    func metadata(reason: FinishReason, messages: Int, contextTokens: Int) -> Logger.Metadata {
        [
            "reason": "\(reason.rawValue)",
            "messages": "\(messages)",
            "promptTokens": "\(promptTokens)",
            "reusedTokens": "\(reusedTokens)",
            "generatedTokens": "\(generatedTokens)",
            "promptSeconds": "\(promptSeconds)",
            "generationSeconds": "\(generationSeconds)",
            "realisedCapacity": "\(realisedCapacity)",
            "contextTokens": "\(contextTokens)",
            "draftedTokens": "\(draftedTokens)",
            "keptTokens": "\(keptTokens)",
        ]
    }
}
