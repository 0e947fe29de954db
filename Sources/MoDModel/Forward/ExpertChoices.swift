/// The experts that processed tokens go through: what the gate decided.
final class ExpertChoices {
    /// In the place of an expert: the token goes through fewer.
    static let none = UInt16.max

    /// k, the experts that any token goes through, at most.
    let used: Int
    /// [tokens][k]: indices of experts, the highest score first, then `none`.
    let experts: AlignedBuffer<UInt16>
    /// [tokens][k]: what the outputs of the experts are multiplied by.
    let weights: AlignedBuffer<Float>
    /// [tokens]: what the output of the expert that every token goes through is multiplied by.
    let shared: AlignedBuffer<Float>

    /// Makes room for so many tokens; for nothing in a model without experts.
    ///
    /// - Throws: `ModelError.resources` if the system refuses memory.
    init(_ configuration: ExpertConfiguration?, tokens: Int) throws(ModelError) {
        used = configuration?.mostUsed ?? 0
        experts = try AlignedBuffer(tokens * used)
        weights = try AlignedBuffer(tokens * used)
        shared = try AlignedBuffer(tokens)
    }
}

/// One thread's memory for lists of the tokens that go through each expert.
final class ExpertLists {
    /// [experts + 1]: where the list of each expert begins, and where the last ends.
    private let starts: AlignedBuffer<Int>
    /// [T · k]: the places of tokens among the processed, expert after expert, ascending in each.
    private let rows: AlignedBuffer<UInt32>
    /// [T · k]: what the outputs are multiplied by.
    private let weights: AlignedBuffer<Float>

    /// Makes room for chunks of up to `chunkLength` tokens; for nothing in a model without experts.
    ///
    /// - Throws: `ModelError.resources` if the system refuses memory.
    init(_ configuration: ExpertConfiguration?, chunkLength: Int) throws(ModelError) {
        let used = configuration?.mostUsed ?? 0
        starts = try AlignedBuffer((configuration?.count ?? 0) + 1)
        rows = try AlignedBuffer(chunkLength * used)
        weights = try AlignedBuffer(chunkLength * used)
    }

    /// How many times a token goes through an expert.
    var count: Int { starts.pointer[starts.count - 1] }

    /// Lists the tokens of each expert. Valid until the next call.
    ///
    /// - Parameter tokens: how many tokens `choices` tells of.
    func list(_ choices: ExpertChoices, tokens: Int) {
        let places = tokens * choices.used
        let chosen = choices.experts.pointer
        // Counted one further on, added up, and moved on by each that is put down: so each list begins where the one
        // before ends.
        starts.pointer.update(repeating: 0, count: starts.count)
        for place in 0..<places where chosen[place] != ExpertChoices.none {
            starts.pointer[Int(chosen[place]) + 1] += 1
        }
        for expert in 1..<starts.count { starts.pointer[expert] += starts.pointer[expert - 1] }
        for place in 0..<places where chosen[place] != ExpertChoices.none {
            let target = starts.pointer[Int(chosen[place])]
            rows.pointer[target] = UInt32(place / choices.used)
            weights.pointer[target] = choices.weights.pointer[place]
            starts.pointer[Int(chosen[place])] += 1
        }
        for expert in stride(from: starts.count - 1, to: 0, by: -1) {
            starts.pointer[expert] = starts.pointer[expert - 1]
        }
        starts.pointer[0] = 0
    }

    /// Whether any token goes through an expert.
    func hasTokens(_ expert: Int) -> Bool {
        starts.pointer[expert] < starts.pointer[expert + 1]
    }

    /// The tokens that go through an expert, and its feed-forward.
    func part(_ expert: Int, of experts: ExpertWeights) -> FeedForwardPart {
        let start = starts.pointer[expert]
        return FeedForwardPart(
            weights: experts.expert(expert), rows: UnsafePointer(rows.pointer + start),
            count: starts.pointer[expert + 1] - start, start: start * experts.length,
            scales: UnsafePointer(weights.pointer + start))
    }
}
