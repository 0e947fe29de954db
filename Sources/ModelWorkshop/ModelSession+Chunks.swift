import MoDModel

extension ModelSession {
    /// The chunks in which a text that lies at `places` of an array is run from an empty context. What
    /// exceeds the context is left out.
    package func chunks(of places: Range<Int>) -> [Range<Int>] {
        let end = places.lowerBound + min(places.count, contextLength)
        return stride(from: places.lowerBound, to: end, by: chunkLength).map {
            $0..<min($0 + chunkLength, end)
        }
    }

    /// Runs the texts of a corpus for what an observer makes of them, each from an empty context, without logits.
    ///
    /// - Parameter announce: is given the places in its text of each chunk that is about to be run.
    /// - Throws: `WorkshopError.model` for a token that is not in the vocabulary.
    func run(_ corpus: ChatCorpus, announce: (Range<Int>) -> Void) throws(WorkshopError) {
        for sequence in corpus.sequences {
            truncate(to: 0)
            for chunk in chunks(of: sequence.indices) {
                announce(chunk)
                try WorkshopError.wrapping { () throws(ModelError) in
                    try forward(sequence[chunk], logits: .none)
                }
            }
        }
    }
}
