/// How a reply ended and what it cost, as one JSON object: for a program that runs this one and wants its figures.
///
///     {"reason":"length","promptTokens":30,"reusedTokens":0,"generatedTokens":128,"promptSeconds":0.03, … }
///
/// The keys are `reason`, `contextTokens` and the names of the properties of `GenerationStatistics`; all are there.
public struct ReplySummary: Sendable, Hashable {
    /// Why the reply ended.
    public var reason: FinishReason
    /// What it cost.
    public var statistics: GenerationStatistics
    /// Tokens in the context after the reply.
    public var contextTokens: Int

    /// Puts together what the event `GenerationEvent.Kind.finished` tells.
    public init(reason: FinishReason, statistics: GenerationStatistics, contextTokens: Int) {
        self.reason = reason
        self.statistics = statistics
        self.contextTokens = contextTokens
    }

    /// The JSON object, on one line.
    ///
    /// Put together by hand, since a chat writes it whose memory may be what is measured: an encoder would bring in
    /// code and tables that a chat has no other use for.
    public var json: String {
        let fields: [(String, String)] = [
            ("reason", "\"\(reason.rawValue)\""),
            ("promptTokens", "\(statistics.promptTokens)"),
            ("reusedTokens", "\(statistics.reusedTokens)"),
            ("generatedTokens", "\(statistics.generatedTokens)"),
            ("promptSeconds", "\(statistics.promptSeconds)"),
            ("generationSeconds", "\(statistics.generationSeconds)"),
            ("realisedCapacity", "\(statistics.realisedCapacity)"),
            ("weightsReadShare", "\(statistics.weightsReadShare)"),
            ("contextTokens", "\(contextTokens)"),
            ("draftedTokens", "\(statistics.draftedTokens)"),
            ("keptTokens", "\(statistics.keptTokens)"),
        ]
        return "{" + fields.map { "\"\($0)\":\($1)" }.joined(separator: ",") + "}"
    }
}

extension ReplySummary: Decodable {
    private enum CodingKeys: CodingKey {
        case reason, contextTokens
    }

    /// Reads the object that `json` makes.
    ///
    /// - Throws: `DecodingError` where a key is missing, of another type, or names a reason there is not.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        reason = try container.decode(FinishReason.self, forKey: .reason)
        contextTokens = try container.decode(Int.self, forKey: .contextTokens)
        statistics = try GenerationStatistics(from: decoder)
    }
}
