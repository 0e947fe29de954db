import MoDModel

/// The scores that a corpus gets at each routed block, all blocks at given thresholds. Anchor tokens are left
/// out: they are processed whatever their score.
struct RouterScores {
    /// [routed blocks][tokens]: a block's scores, ascending.
    let ascending: [[Float]]

    init(session: ModelSession, corpus: ChatCorpus, thresholds: [Thresholds]) throws(WorkshopError) {
        let before = session.policy
        session.policy = .thresholds(thresholds)
        defer { session.policy = before }
        var scores = [[Float]](repeating: [], count: thresholds.count)
        for sequence in corpus.sequences {
            session.truncate(to: 0)
            for chunk in session.chunks(of: sequence.indices) {
                try WorkshopError.wrapping { () throws(ModelError) in
                    try session.forward(sequence[chunk], logits: .none)
                }
                for token in chunk where token >= session.model.description.anchorTokens {
                    let routing = session.routing(row: token - chunk.lowerBound)
                    for (block, score) in routing.scores.enumerated() { scores[block].append(score) }
                }
            }
        }
        ascending = scores.map { $0.sorted() }
    }
}
