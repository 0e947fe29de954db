import ArgumentParser
import InferenceEngine
import MoDModel
import Settings

/// Whether and how replies are drafted.
struct SpeculationArguments: ParsableArguments {
    @Flag(
        inversion: .prefixedNo,
        help: """
            Copy drafts from the conversation, where its last tokens stood before, and verify them in one pass: the \
            same replies, faster where they repeat something. [default: \(Setting.promptLookup.defaultText)]
            """)
    var promptLookup: Bool?

    @Option(
        help: """
            Draft up to this many tokens, at most 16, at a lower capacity and verify them in one pass: the same replies \
            at temperature 0, equally likely ones otherwise. With the weights that ship today it is slower unless \
            most drafts are kept. [default: \(Setting.draftTokens.defaultText)]
            """)
    var draftTokens: Int?

    @Option(
        help:
            "The capacity of drafts; there are none while the capacity asked for is no higher. [default: \(Setting.draftCapacity.defaultText)]"
    )
    var draftCapacity: Capacity?

    func validate() throws {
        try Setting.draftTokens.check(draftTokens)
    }

    /// How replies are to be drafted: as asked for, else as it is set.
    ///
    /// - Throws: `ValidationError` where a capacity of drafts was asked for without any, or drafts of a model without
    ///   routed blocks, which would draft as slowly as it answers.
    func speculation(for model: ModelDescription, _ settings: Settings) throws -> Speculation {
        Speculation(
            promptLookup: promptLookup ?? settings.flag(.promptLookup) ?? true,
            selfSpeculation: try selfSpeculation(for: model, settings))
    }

    private func selfSpeculation(
        for model: ModelDescription, _ settings: Settings
    ) throws -> SelfSpeculation? {
        let tokens = draftTokens ?? settings.integer(.draftTokens) ?? 0
        guard tokens > 0 else {
            guard draftCapacity == nil else {
                throw ValidationError("--draft-capacity is for drafts; give --draft-tokens, too.")
            }
            return nil
        }
        guard !model.routedBlocks.isEmpty else {
            // What is set for all models is no mistake here.
            guard draftTokens == nil else {
                throw ValidationError(
                    "\(model.name) has no routers and one capacity only: leave --draft-tokens out.")
            }
            return nil
        }
        guard let capacity = draftCapacity ?? settings.number(.draftCapacity).flatMap(Capacity.init) else {
            return nil
        }
        return SelfSpeculation(draftTokens: tokens, draftCapacity: capacity)
    }
}
