import ArgumentParser
import InferenceEngine
import MoDModel

/// Whether and how replies are drafted.
struct SpeculationArguments: ParsableArguments {
    @Flag(
        inversion: .prefixedNo,
        help: """
            Copy drafts from the conversation, where its last tokens stood before, and verify them in one pass: the \
            same replies, faster where they repeat something.
            """)
    var promptLookup = true

    @Option(
        help: """
            Draft up to this many tokens, 1 to 16, at a lower capacity and verify them in one pass: the same replies \
            at temperature 0, equally likely ones otherwise. With the weights that ship today it is slower unless \
            most drafts are kept. [default: none]
            """)
    var draftTokens: Int?

    @Option(
        help:
            "The capacity of drafts; there are none while the capacity asked for is no higher. [default: 0.5]"
    )
    var draftCapacity: Capacity?

    func validate() throws {
        if let draftTokens, !SelfSpeculation.lengths.contains(draftTokens) {
            throw ValidationError("--draft-tokens is \(draftTokens); give 1 to 16.")
        }
        if draftTokens == nil, draftCapacity != nil {
            throw ValidationError("--draft-capacity is for drafts; give --draft-tokens, too.")
        }
    }

    /// How replies are to be drafted.
    ///
    /// - Throws: `ValidationError` where drafts are asked of a model without routed blocks, which would draft as slowly
    ///   as it answers.
    func speculation(for model: ModelDescription) throws -> Speculation {
        Speculation(promptLookup: promptLookup, selfSpeculation: try selfSpeculation(for: model))
    }

    private func selfSpeculation(for model: ModelDescription) throws -> SelfSpeculation? {
        guard let draftTokens, let draftCapacity = draftCapacity ?? Capacity(0.5) else { return nil }
        guard !model.routedBlocks.isEmpty else {
            throw ValidationError(
                "\(model.name) has no routers and one capacity only: leave --draft-tokens out.")
        }
        return SelfSpeculation(draftTokens: draftTokens, draftCapacity: draftCapacity)
    }
}
