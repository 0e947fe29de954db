package import MoDModel

/// What a part of a model is worth: how far its predictions are from those of the dense model, at one capacity, once
/// with the part and once without.
public struct Trial: Sendable, Hashable {
    /// The capacity at which both were measured.
    public static let capacity = 0.75

    /// Predictions compared.
    public let tokens: Int
    /// KL(dense ‖ routed) with the part, nats a token; NaN without tokens.
    public let divergence: Double
    /// KL(dense ‖ routed) without it, nats a token; NaN without tokens.
    public let divergenceWithout: Double

    /// Whether the model is better with the part.
    public var isWorthwhile: Bool { divergence < divergenceWithout }

    /// Measures two models, in which tokens go in full or not at all.
    ///
    /// - Parameter corpus: a text that nothing was fitted to.
    /// - Throws: `WorkshopError.model` for a token that is not in the vocabulary.
    package init(
        with model: MoDModel, without plain: MoDModel, corpus: ChatCorpus, threads: Int?
    ) throws(WorkshopError) {
        func divergence(of model: MoDModel) throws(WorkshopError) -> (nats: Double, tokens: Int) {
            let calibration = try ThresholdCalibration(model: model, corpus: corpus, threads: threads)
            let thresholds = try calibration.thresholds(
                giving: GradeMix.shares(at: Self.capacity, thinWork: 1))
            return try DenseComparison(model: model, corpus: corpus, threads: threads)
                .divergence(at: thresholds)
        }
        (self.divergence, tokens) = try divergence(of: model)
        (divergenceWithout, _) = try divergence(of: plain)
    }
}
