import Foundation

/// What must be added to the scores of each routed block for them to be the logarithm of what bypassing it costs, by
/// least squares over texts of `MirroredRuns` at one capacity or several: an offset, and a part of how far the score is
/// above the thresholds.
///
/// The difference d of a text is about Σ −moreWork · e^score over its tokens and blocks, times a factor that a capacity
/// has for all of them. Where e^score of a block is wrong by the factor 1 + a + b · (score − middle) beside the
/// others', what is left of d is Σ −moreWork · e^score · (a + b · (score − middle)). Both are held near 0 as far as the
/// texts do not tell otherwise: of a block that nothing tells of they stay 0. A capacity's texts count by how well they
/// can be predicted.
package struct CostCorrection: Sendable, Hashable {
    /// What a step adds to a block's scores: `offset` + `slope` · (score − middle).
    package struct Change: Sendable, Hashable {
        package var offset: Float
        package var slope: Float

        /// Puts both together.
        package init(offset: Float, slope: Float) {
            self.offset = offset
            self.slope = slope
        }
    }

    /// What texts of one capacity have told.
    package struct Sums: Sendable, Hashable {
        /// Σ z zᵀ of what is left of the differences, z · (a, b), [2 · blocks][2 · blocks].
        package var squares: [Double]
        /// Σ z · (what is left of d), [2 · blocks].
        package var products: [Double]
        /// Σ (what is left of d)².
        package var residual = 0.0
        /// Texts.
        package var count = 0
    }

    /// How far a and b are from 0 as a rule, before anything is measured.
    private static let spread = 0.25

    /// About where the thresholds are, on the scale of the scores.
    let middle: Float
    /// [capacities].
    private(set) var sums: [Sums]
    /// [2 · blocks]: all that was added so far.
    private(set) var added: [Double]

    /// Begins without texts.
    package init(blocks: Int, capacities: Int, middle: Float) {
        self.middle = middle
        let none = Sums(
            squares: Array(repeating: 0, count: 4 * blocks * blocks),
            products: Array(repeating: 0, count: 2 * blocks))
        sums = Array(repeating: none, count: capacities)
        added = none.products
    }

    /// Goes on; nil for numbers that cannot be those of so many blocks.
    init?(blocks: Int, middle: Float, sums: [Sums], added: [Double]) {
        let isWhole = sums.allSatisfy {
            $0.squares.count == 4 * blocks * blocks && $0.products.count == 2 * blocks && $0.count >= 0
                && ($0.squares + $0.products + [$0.residual]).allSatisfy(\.isFinite)
        }
        guard isWhole, added.count == 2 * blocks, middle.isFinite, added.allSatisfy(\.isFinite) else {
            return nil
        }
        self.middle = middle
        self.sums = sums
        self.added = added
    }

    /// Counts the tokens of a text that was seen at a capacity, by its place among them.
    package mutating func add(_ tokens: [MirroredRuns.Token], capacity: Int) {
        let width = added.count
        var inputs = [Double](repeating: 0, count: width)
        var left = 0.0
        for token in tokens {
            left += token.difference
            for (block, (score, more)) in zip(token.scores, token.moreWork).enumerated() where more != 0 {
                let cost = -more * exp(Double(score))
                left -= cost
                inputs[2 * block] += cost
                inputs[2 * block + 1] += cost * Double(score - middle)
            }
        }
        guard left.isFinite, inputs.allSatisfy(\.isFinite) else { return }
        for i in 0..<width {
            sums[capacity].products[i] += inputs[i] * left
            for j in 0..<width { sums[capacity].squares[i * width + j] += inputs[i] * inputs[j] }
        }
        sums[capacity].residual += left * left
        sums[capacity].count += 1
    }

    /// What is to be added to each block's scores, beside what was.
    package func changes() -> [Change] {
        let width = added.count
        let prior = 1 / (Self.spread * Self.spread)
        var system = [Double](repeating: 0, count: width * width)
        var right = added.map { -prior * $0 }
        for i in 0..<width { system[i * width + i] = prior }
        for sum in sums where sum.residual > 0 {
            let weight = Double(sum.count) / sum.residual
            // The factor that all blocks have in common is taken out of both: it is what all offsets at once would do.
            let common = (0..<width).map { i in
                stride(from: 0, to: width, by: 2).reduce(0.0) { $0 + sum.squares[i * width + $1] }
            }
            func offsets(_ values: [Double]) -> Double {
                stride(from: 0, to: width, by: 2).reduce(0.0) { $0 + values[$1] }
            }
            let total = offsets(common)
            let share = total > 0 ? 1 / total : 0
            let told = offsets(sum.products)
            for i in 0..<width {
                right[i] += weight * (sum.products[i] - common[i] * told * share)
                for j in 0..<width {
                    system[i * width + j] +=
                        weight * (sum.squares[i * width + j] - common[i] * common[j] * share)
                }
            }
        }
        let found = CholeskyFactor(system, width: width).solve(right, columns: 1)
        return stride(from: 0, to: width, by: 2).map {
            Change(offset: Float(found[$0]), slope: Float(found[$0 + 1]))
        }
    }

    /// Notes that changes were made: what texts have told stays of use, about as if it had been seen after them.
    package mutating func note(_ changes: [Change]) {
        let width = added.count
        let change = changes.flatMap { [Double($0.offset), Double($0.slope)] }
        for i in 0..<width {
            added[i] += change[i]
            for place in sums.indices {
                sums[place].products[i] -= (0..<width).reduce(0.0) {
                    $0 + sums[place].squares[i * width + $1] * change[$1]
                }
            }
        }
    }
}
