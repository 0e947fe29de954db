package import MoDModel

/// What tuning its routers is worth to a model: how far its predictions are from those of the dense model, at the same
/// work, before and after.
public struct TuningTrial: Sendable, Hashable {
    /// The capacities at which both are measured.
    public static let capacities = [0.875, 0.75]

    /// Predictions compared.
    public let tokens: Int
    /// [capacities]: KL(dense ‖ routed) after tuning, nats a token; NaN without tokens.
    public let divergences: [Double]
    /// [capacities]: KL(dense ‖ routed) before, nats a token; NaN without tokens.
    public let divergencesBefore: [Double]

    /// Whether the model is better for it: at one capacity, and worse at none.
    public var isWorthwhile: Bool {
        let pairs = zip(divergences, divergencesBefore)
        return pairs.allSatisfy { $0 <= $1 } && pairs.contains { $0 < $1 }
    }

    /// Measures two models that differ by their routers.
    ///
    /// - Parameter corpus: a text that nothing was fitted to.
    /// - Throws: `WorkshopError.model` for a token that is not in the vocabulary.
    package init(
        tuned model: MoDModel, before: MoDModel, corpus: ChatCorpus, threads: Int?
    ) throws(WorkshopError) {
        func divergences(of model: MoDModel) throws(WorkshopError) -> [(nats: Double, tokens: Int)] {
            let calibration = try ThresholdCalibration(model: model, corpus: corpus, threads: threads)
            let comparison = try DenseComparison(model: model, corpus: corpus, threads: threads)
            let thinWork = model.description.weights.thinWork
            var found: [(nats: Double, tokens: Int)] = []
            for capacity in Self.capacities {
                let thresholds = try calibration.thresholds(
                    giving: GradeMix.shares(at: capacity, thinWork: thinWork))
                found.append(try comparison.divergence(at: thresholds))
            }
            return found
        }
        let after = try divergences(of: model)
        tokens = after.first?.tokens ?? 0
        self.divergences = after.map(\.nats)
        divergencesBefore = try divergences(of: before).map(\.nats)
    }
}
