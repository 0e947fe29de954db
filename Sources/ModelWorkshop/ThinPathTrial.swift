package import MoDModel

/// What a thin path is worth to a model: how far its predictions are from those of the dense model, at one capacity
/// with the same routers, once with the thin path and once without.
public struct ThinPathTrial: Sendable, Hashable {
    /// The capacity at which both were measured.
    public static let capacity = 0.75

    /// Rows of the feed-forward in the thin path.
    public let length: Int
    /// Rows of the whole feed-forward.
    public let feedForwardLength: Int
    /// Predictions compared.
    public let tokens: Int
    /// KL(dense ‖ routed) with the thin path, nats a token; NaN without tokens.
    public let divergence: Double
    /// KL(dense ‖ routed) where every token goes in full or not at all, nats a token; NaN without tokens.
    public let divergenceWithout: Double

    /// Whether the model is better with the thin path.
    public var isWorthwhile: Bool { divergence < divergenceWithout }

    /// Measures.
    ///
    /// - Parameters:
    ///   - model: has a thin path.
    ///   - corpus: a text that the routers were not fitted to. Thresholds are, so that both do the same work on it.
    /// - Throws: `WorkshopError.model` for a token that is not in the vocabulary.
    package init(model: MoDModel, corpus: ChatCorpus, threads: Int?) throws(WorkshopError) {
        length = model.configuration.routing.thinLength ?? model.configuration.feedForwardLength
        feedForwardLength = model.configuration.feedForwardLength
        let calibration = try ThresholdCalibration(model: model, corpus: corpus, threads: threads)
        let without = try calibration.thresholds(giving: GradeMix.shares(at: Self.capacity, thinWork: 1))
        let with = try calibration.thresholds(
            giving: GradeMix.shares(at: Self.capacity, thinWork: model.description.weights.thinWork))
        let comparison = try DenseComparison(model: model, corpus: corpus, threads: threads)
        (divergence, tokens) = try comparison.divergence(at: with)
        (divergenceWithout, _) = try comparison.divergence(at: without)
    }
}
