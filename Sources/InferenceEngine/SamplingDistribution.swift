/// The distribution that one token is drawn from: the tokens that may come, after penalty, temperature and truncation.
package struct SamplingDistribution {
    /// Each token once, with a weight, its probability up to a common factor.
    private let tokens: [RankedToken]
    /// The sum of all weights.
    private let total: Double

    /// Takes the tokens that may come.
    ///
    /// - Parameters:
    ///   - tokens: each token once, with a weight of 0 or more.
    ///   - total: the sum of the weights, where it is known.
    package init(_ tokens: [RankedToken], total: Double? = nil) {
        self.tokens = tokens
        self.total = total ?? tokens.reduce(0) { $0 + Double($1.value) }
    }

    /// The probability of a token, 0…1; 0 for a token that may not come.
    package func probability(of id: Int32) -> Double {
        tokens.first { $0.id == id }.map(probability) ?? 0
    }

    /// The token at which the probabilities, added up in order, first exceed `unit`, which is in 0..<1; nil
    /// where there is no token.
    package func pick(at unit: Double) -> Int32? {
        var remaining = unit * total
        for token in tokens {
            remaining -= Double(token.value)
            if remaining < 0 { return token.id }
        }
        // Rounding left a sliver beyond the last token.
        return tokens.max()?.id
    }

    /// What is left of this distribution p where another, q, is taken away: max(p − q, 0) over its sum (arXiv
    /// 2211.17192, §2.3); p itself where nothing is left.
    package func residual(without other: SamplingDistribution) -> SamplingDistribution {
        let others = other.tokens.sorted { $0.id < $1.id }
        var place = others.startIndex
        var rest: [RankedToken] = []
        for token in tokens.sorted(by: { $0.id < $1.id }) {
            while place < others.endIndex, others[place].id < token.id { place += 1 }
            let isShared = place < others.endIndex && others[place].id == token.id
            let excess = probability(token) - (isShared ? other.probability(others[place]) : 0)
            if excess > 0 { rest.append(RankedToken(id: token.id, value: Float(excess))) }
        }
        return rest.isEmpty ? self : SamplingDistribution(rest)
    }

    private func probability(_ token: RankedToken) -> Double {
        Double(token.value) / total
    }
}
