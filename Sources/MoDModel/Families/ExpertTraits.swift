/// What the models of one architecture have in common where experts are in the place of a block's feed-forward.
public struct ExpertTraits: Sendable, Hashable {
    /// Whether every model of the architecture has experts; else those whose file says so.
    public let areRequired: Bool
    /// What an expert's output is multiplied by.
    public let weighting: ExpertWeighting
    /// Whether one more expert is gone through by every token.
    public let hasShared: Bool
}

/// What the output of a chosen expert is multiplied by, before the outputs of a token's experts are added up.
public enum ExpertWeighting: String, Sendable, Hashable, CaseIterable {
    /// The softmax of all experts' scores.
    case softmax
    /// The softmax of the scores of the experts that the token goes through.
    case renormalised
    /// 1: the experts are the parts of one feed-forward.
    case equal
}
