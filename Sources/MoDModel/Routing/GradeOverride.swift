/// Grades that some tokens take at routed blocks in place of those that the policy gives them: to compute a token again
/// as it was, or as it might have been.
package struct GradeOverride: Sendable, Hashable {
    /// The position of the first of the tokens.
    private let position: Int
    /// Routed blocks of the model.
    private let blockCount: Int
    /// [tokens, by position][routed blocks]; nil where the policy decides.
    private let grades: [Grade?]

    /// Overrides the grades of tokens from a position on.
    ///
    /// - Parameters:
    ///   - tokens: [tokens][blocks]: the grades of each; nil for a token about which the policy decides. It also
    ///     decides where grades are those of a model with fewer blocks.
    ///   - routed: the blocks of the model that have a router, ascending; the others' grades are left as they are.
    package init(from position: Int, tokens: [[Grade]?], routed: [Int]) {
        self.position = position
        blockCount = routed.count
        grades = tokens.flatMap { token in
            routed.map { block in token.flatMap { $0.indices.contains(block) ? $0[block] : nil } }
        }
    }

    /// The grade of the token at a position at a routed block (its index among the routed ones); nil where the policy
    /// decides.
    func grade(position: Int, block: Int) -> Grade? {
        let place = (position - self.position) * blockCount + block
        return grades.indices.contains(place) ? grades[place] : nil
    }
}
