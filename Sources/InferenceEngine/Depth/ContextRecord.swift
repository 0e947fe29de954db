public import MoDModel

/// The tokens of a context by position, each with the grades it was computed with where these are known: what it takes
/// to compute a token again as it was.
public struct ContextRecord: Sendable, Hashable {
    /// [positions]: the tokens, indices of the vocabulary.
    public private(set) var tokens: [Int32]
    /// [positions][blocks]: the grades that each token was computed with; nil where they are not known.
    public private(set) var grades: [[Grade]?]

    /// Records tokens of which no grades are known, such as those of a text that was never read.
    public init(_ tokens: [Int32]) {
        self.tokens = tokens
        grades = Array(repeating: nil, count: tokens.count)
    }

    /// Records tokens that were read from the beginning of a context on, with their traces.
    public init(_ trace: [TracedToken]) {
        tokens = trace.map(\.id)
        grades = trace.map(\.routing.grades)
    }

    /// Takes in the grades of tokens that were read one after the other: looks for the last place where just these
    /// tokens stand.
    ///
    /// - Parameters:
    ///   - trace: the trace of a turn, say.
    ///   - end: they must stand before this position.
    /// - Returns: the positions of the tokens; nil where they stand nowhere.
    @discardableResult
    public mutating func note(_ trace: [TracedToken], before end: Int = .max) -> Range<Int>? {
        let end = min(end, tokens.count)
        guard !trace.isEmpty, trace.count <= end else { return nil }
        for start in stride(from: end - trace.count, through: 0, by: -1) {
            let places = start..<start + trace.count
            guard tokens[places].elementsEqual(trace.lazy.map(\.id)) else { continue }
            for (place, token) in zip(places, trace) { grades[place] = token.routing.grades }
            return places
        }
        return nil
    }

    /// Takes in the grades of the token at a position.
    mutating func note(_ grades: [Grade], at position: Int) {
        self.grades[position] = grades
    }
}
