import CInt8Kernels
import Foundation

extension Worker {
    /// What the gate decided about the R processed tokens.
    var choices: ExpertChoices { isReplicated ? own.choices : workspace.choices }

    /// Chooses the experts of a processed token from its normed residual, own.normed [embedding].
    ///
    /// - Parameters:
    ///   - row: the token's place among the processed.
    ///   - token: the token's place in the chunk.
    func chooseExperts(_ experts: ExpertWeights, block: Int, row: Int, token: Int) {
        let gate = experts.gate
        let scores = own.expertScores.pointer
        pass.kernels.row_products(gate.rows, gate.scoreCount, gate.columns, own.normed.pointer, scores)
        for index in 0..<gate.scoreCount {
            let score = scores[index] + (gate.biases?[index] ?? 0)
            // A score that is no number is the lowest.
            scores[index] = score.isNaN ? -.infinity : score
        }
        let used = choices.used
        let chosen = choices.experts.pointer + row * used
        let weights = choices.weights.pointer + row * used
        chosen.update(repeating: ExpertChoices.none, count: used)
        let count =
            takesAllExperts(token)
            ? rank(scores, experts.count, noOp: nil, into: chosen, places: experts.count)
            : rank(
                scores, gate.scoreCount, noOp: experts.count, into: chosen,
                places: configuration.experts?.used ?? 0)
        weigh(scores, gate.scoreCount, chosen, count, into: weights)
        if let shared = gate.shared {
            var score: Float = 0
            pass.kernels.row_products(shared, 1, gate.columns, own.normed.pointer, &score)
            choices.shared.pointer[row] = 1 / (1 + exp(-score))
        }
        if !isReplicated || thread == 0 {
            (workspace.experts.pointer + (block * tokenCount + token) * used).update(
                from: chosen, count: used)
        }
    }

    /// Whether a token, by its place in the chunk, goes through all experts: an anchor, where they are the parts of one
    /// feed-forward.
    private func takesAllExperts(_ token: Int) -> Bool {
        configuration.experts?.weighting == .equal
            && pass.position + token < configuration.routing.anchorTokens
    }

    /// Writes the indices of the highest scores, the highest first, up to the no-op's; of equal ones the lower index
    /// first.
    ///
    /// - Parameters:
    ///   - noOp: the index that ends the ranking; nil for none.
    ///   - places: how many indices to write, at most.
    /// - Returns: how many indices were written.
    private func rank(
        _ scores: UnsafePointer<Float>, _ scoreCount: Int, noOp: Int?,
        into chosen: UnsafeMutablePointer<UInt16>, places: Int
    ) -> Int {
        var last = -1
        for place in 0..<places {
            var best = -1
            for index in 0..<scoreCount {
                let isAfterLast =
                    last < 0 || scores[index] < scores[last] || scores[index] == scores[last] && index > last
                if isAfterLast, best < 0 || scores[index] > scores[best] { best = index }
            }
            if best == noOp || best < 0 { return place }
            chosen[place] = UInt16(best)
            last = best
        }
        return places
    }

    /// weights[place] = what the output of the expert chosen there is multiplied by; 0 for what is no number.
    private func weigh(
        _ scores: UnsafePointer<Float>, _ scoreCount: Int, _ chosen: UnsafePointer<UInt16>, _ count: Int,
        into weights: UnsafeMutablePointer<Float>
    ) {
        guard let weighting = configuration.experts?.weighting, weighting != .equal else {
            return weights.update(repeating: 1, count: count)
        }
        var largest = -Float.infinity
        for index in 0..<scoreCount { largest = max(largest, scores[index]) }
        var total: Float = 0
        if weighting == .softmax {
            for index in 0..<scoreCount { total += exp(scores[index] - largest) }
        } else {
            for place in 0..<count { total += exp(scores[Int(chosen[place])] - largest) }
        }
        for place in 0..<count {
            let weight = exp(scores[Int(chosen[place])] - largest) / total
            weights[place] = weight.isFinite ? weight : 0
        }
    }
}
