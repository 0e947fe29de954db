import Foundation
import GGUF
import MoDModel

/// The forward pass of a routed model in double precision on dequantised weights, one token after the other:
/// slow and plain, to hold the engine against.
///
/// What the engine keeps in few bits is rounded to these bits here, too, keys and values to int8 and activations to 16
/// bits, so that nothing but the order and the precision of sums is left to differ.
struct ReferenceModel {
    private let shape: ModelConfiguration
    private let weights: [String: [Double]]

    init(_ model: MoDModel) throws {
        shape = model.configuration
        weights = Dictionary(
            uniqueKeysWithValues: try model.file.tensors.map { tensor in
                (tensor.name, try tensor.floats().map(Double.init))
            })
    }

    /// What a run of the reference says.
    struct Outcome {
        /// [token][vocabulary].
        var logits: [[Double]] = []
        /// [token][routed block].
        var scores: [[Double]] = []
        /// [token][block][experts, then the no-op], where there are experts: softmaxes of their scores.
        var expertShares: [[[Double]]] = []
        /// [token][blocks + 1][vocabulary]: the logits of the residuals after the embedding and after each block.
        var lens: [[[Double]]] = []
    }

    /// Runs tokens along routes that are given, [token][block], so that one decision at the edge of a threshold
    /// does not send the rest another way.
    func run(_ tokens: [Int32], along routes: [TokenRouting], withLens: Bool = false) -> Outcome {
        var outcome = Outcome()
        /// [block][slot].
        var cache = Array(repeating: [CachedToken](), count: shape.blockCount)
        for (position, token) in tokens.enumerated() {
            let length = shape.embeddingLength
            var x = Array(weight("token_embd.weight")[Int(token) * length..<(Int(token) + 1) * length])
            var scores: [Double] = []
            var depths = [x]
            var expertShares: [[Double]] = []
            for block in 0..<shape.blockCount {
                let isRouted = shape.routing.blocks.contains(block)
                let normed = rmsNorm(x, weight("blk.\(block).attn_norm.weight"))
                let score = isRouted ? routerScore(block, normed) : nil
                if let score { scores.append(score) }
                let grade = routes[position].grades[block]
                if grade > .bypassed || shape.routing.kv == .all {
                    cache[block].append(keyAndValue(block, normed, position))
                }
                defer { depths.append(x) }
                guard grade > .bypassed else {
                    if shape.routing.standInRank != nil { x = zip(x, standIn(block, normed)).map { $0 + $1 } }
                    continue
                }
                let scale = score.map { shape.routing.gate == .scaled ? 1 / (1 + exp(-$0)) : 1 } ?? 1
                let experts = shape.experts == nil ? [] : routes[position].experts[block].map(Int.init)
                let (change, shares) = effect(block, grade, experts, x, normed, position, cache[block])
                expertShares.append(shares)
                x = zip(x, change).map { $0 + scale * $1 }
            }
            outcome.scores.append(scores)
            outcome.expertShares.append(expertShares)
            outcome.logits.append(readOut(x))
            if withLens { outcome.lens.append(depths.map(readOut)) }
        }
        return outcome
    }

    /// The final norm and the head.
    private func readOut(_ x: [Double]) -> [Double] {
        let head = weights["output.weight"] == nil ? "token_embd.weight" : "output.weight"
        return product(head, rmsNorm(x, weight("output_norm.weight")))
    }

    /// What a bypassed token gets in place of f_l(x).
    private func standIn(_ block: Int, _ normed: [Double]) -> [Double] {
        let name = "blk.\(block).depth_stand_in"
        let outer = product("\(name).out.weight", product("\(name).in.weight", normed))
        return zip(outer, weight("\(name).out.bias")).map { $0 + $1 }
    }

    /// f_l(x): attention and perceptron, without the residual; and the softmaxes of the experts' scores.
    private func effect(
        _ block: Int, _ grade: Grade, _ experts: [Int], _ x: [Double], _ normed: [Double], _ position: Int,
        _ cache: [CachedToken]
    ) -> (change: [Double], expertShares: [Double]) {
        let name = "blk.\(block)"
        let length = shape.headLength
        let query = quantised(rotated(heads("q", block, normed), position))
        var attended: [Double] = []
        for head in 0..<shape.headCount {
            let mine = query[head * length..<(head + 1) * length]
            let start = head / (shape.headCount / shape.kvHeadCount) * length
            let scores = cache.map { slot in
                zip(mine, slot.key[start..<start + length]).reduce(0) { $0 + $1.0 * $1.1 }
                    / Double(length).squareRoot()
            }
            for first in stride(from: start, to: start + length, by: 32) {
                attended += weightedMean(of: first..<first + 32, scores: scores, in: cache)
            }
        }
        let attention = product("\(name).attn_output.weight", attended)
        let afterAttention = zip(x, attention).map { $0 + $1 }
        let inner = rmsNorm(afterAttention, weight("\(name).ffn_norm.weight"))
        let (mixed, shares) =
            shape.experts == nil
            ? (perceptron(name, "", inner, thin: grade == .thin), []) : mixture(name, experts, inner)
        return (zip(attention, mixed).map { $0 + $1 }, shares)
    }

    /// A perceptron's output, or that of one of several whose matrices lie one after the other.
    ///
    /// - Parameter suffix: what follows the matrices' names: "_exps", "_shexp" or nothing.
    private func perceptron(
        _ name: String, _ suffix: String, _ x: [Double], thin: Bool = false, part: Int = 0
    ) -> [Double] {
        let parts = suffix == "_exps" ? shape.experts?.count ?? 1 : 1
        let length = weight("\(name).ffn_down\(suffix).weight").count / x.count / parts
        let rows = thin ? shape.routing.thinLength ?? 0 : length
        let mine = part * length..<part * length + rows
        let gate = product("\(name).ffn_gate\(suffix).weight", x)[mine].map(silu)
        let up = product("\(name).ffn_up\(suffix).weight", x)[mine]
        let down = product(
            "\(name).ffn_down\(suffix).weight", zip(gate, up).map { $0 * $1 }, columns: length)
        return Array(down[part * x.count..<(part + 1) * x.count])
    }

    /// What experts that are given, and the one for all, make of a token together; and the softmaxes of all scores.
    private func mixture(
        _ name: String, _ chosen: [Int], _ x: [Double]
    ) -> (sum: [Double], shares: [Double]) {
        var scores = product(exactly: "\(name).ffn_gate_inp.weight", x)
        if let biases = weights["\(name).ffn_gate_inp.bias"] { scores = zip(scores, biases).map { $0 + $1 } }
        let powers = scores.map { exp($0 - (scores.max() ?? 0)) }
        let shares = powers.map { $0 / powers.reduce(0, +) }
        let total = chosen.reduce(0) { $0 + shares[$1] }
        var sum = [Double](repeating: 0, count: x.count)
        for expert in chosen {
            let weight =
                switch shape.experts?.weighting {
                case .softmax: shares[expert]
                case .renormalised: shares[expert] / total
                default: 1.0
                }
            sum = zip(sum, perceptron(name, "_exps", x, part: expert)).map { $0 + weight * $1 }
        }
        if let gate = weights["\(name).ffn_gate_inp_shexp.weight"] {
            let score = zip(gate, x).reduce(0) { $0 + $1.0 * $1.1 }
            sum = zip(sum, perceptron(name, "_shexp", x)).map { $0 + $1 / (1 + exp(-score)) }
        }
        return (sum, shares)
    }

    /// One group's columns of the values, weighed by the softmax of the scores. In every span of 64 slots the weights
    /// times the values' scales are rounded to 1/16383 of what a weight of 1 and the largest scale would give.
    private func weightedMean(
        of columns: Range<Int>, scores: [Double], in cache: [CachedToken]
    ) -> [Double] {
        let largest = scores.max() ?? 0
        var sums = [Double](repeating: 0, count: columns.count)
        var total = 0.0
        for first in stride(from: 0, to: scores.count, by: 64) {
            let span = first..<min(first + 64, scores.count)
            let spanLargest = scores[span].max() ?? 0
            let factor = exp(spanLargest - largest)
            let unit = cache[span].map { $0.valueScales[columns.lowerBound / 32] }.reduce(0, max) / 16383
            for slot in span {
                let weight = exp(scores[slot] - spanLargest)
                total += factor * weight
                let scale = cache[slot].valueScales[columns.lowerBound / 32]
                guard scale > 0 else { continue }
                let rounded = (weight * scale / unit).rounded(.toNearestOrEven) * unit
                for (index, column) in columns.enumerated() {
                    sums[index] += factor * rounded * (cache[slot].value[column] / scale)
                }
            }
        }
        return sums.map { $0 / total }
    }

    private struct CachedToken {
        let key: [Double]
        let value: [Double]
        /// One for each group of 32.
        let valueScales: [Double]
    }

    private func keyAndValue(_ block: Int, _ normed: [Double], _ position: Int) -> CachedToken {
        let key = rotated(heads("k", block, normed), position)
        let value = heads("v", block, normed)
        return CachedToken(
            key: cached(key), value: cached(value),
            valueScales: stride(from: 0, to: value.count, by: 32).map { cacheScale(value[$0..<$0 + 32]) })
    }

    private func cacheScale(_ group: ArraySlice<Double>) -> Double {
        let largest = group.reduce(0) { max($0, $1.magnitude) }
        return Double(HalfFloat.float(HalfFloat.bits(Float(largest / 127))))
    }

    /// Rounded to int8 in groups of 32, each with an fp16 scale.
    private func cached(_ x: [Double]) -> [Double] {
        stride(from: 0, to: x.count, by: 32).flatMap { first in
            let group = x[first..<first + 32]
            let scale = cacheScale(group)
            return group.map { value in
                scale > 0 ? min(max((value / scale).rounded(.toNearestOrEven), -127), 127) * scale : 0
            }
        }
    }

    private func routerScore(_ block: Int, _ normed: [Double]) -> Double {
        let name = "blk.\(block).depth_router"
        let inner = product(exactly: "\(name).in.weight", normed)
        let hidden = zip(inner, weight("\(name).in.bias")).map { silu($0 + $1) }
        return zip(hidden, weight("\(name).out.weight")).reduce(weight("\(name).out.bias")[0]) {
            $0 + $1.0 * $1.1
        }
    }

    /// The heads of the queries, keys or values ("q", "k" or "v"), with the bias and the norms that the file has.
    private func heads(_ kind: String, _ block: Int, _ normed: [Double]) -> [Double] {
        let name = "blk.\(block).attn_\(kind)"
        var heads = product("\(name).weight", normed)
        if let bias = weights["\(name).bias"] { heads = zip(heads, bias).map { $0 + $1 } }
        guard let norm = weights["\(name)_norm.weight"] else { return heads }
        return stride(from: 0, to: heads.count, by: norm.count).flatMap {
            rmsNorm(Array(heads[$0..<$0 + norm.count]), norm)
        }
    }

    /// Each head turned by a token's position, its pairs side by side: that is how the engine groups them when it
    /// rounds.
    private func rotated(_ heads: [Double], _ position: Int) -> [Double] {
        let length = shape.headLength
        return stride(from: 0, to: heads.count, by: length).flatMap { start in
            (0..<length / 2).flatMap { pair in
                let isSplit = shape.family.rotaryLayout == .halfSplit
                let first = heads[start + (isSplit ? pair : 2 * pair)]
                let second = heads[start + (isSplit ? pair + length / 2 : 2 * pair + 1)]
                let angle = Double(position) * step(pair)
                return [
                    first * cos(angle) - second * sin(angle), first * sin(angle) + second * cos(angle),
                ]
            }
        }
    }

    /// The angle of a pair from one position to the next.
    private func step(_ pair: Int) -> Double {
        let factor = weights["rope_freqs.weight"]?[pair] ?? 1
        let step = pow(shape.ropeBase, -2 * Double(pair) / Double(shape.headLength)) / factor
        if case .linear(let factor) = shape.ropeScaling { return step / factor }
        return step
    }

    private func weight(_ name: String) -> [Double] { weights[name] ?? [] }

    private func silu(_ x: Double) -> Double { x / (1 + exp(-x)) }

    private func rmsNorm(_ x: [Double], _ weight: [Double]) -> [Double] {
        let square = x.reduce(0) { $0 + $1 * $1 } / Double(x.count)
        let inverse = 1 / (square + Double(shape.normEpsilon)).squareRoot()
        return zip(x, weight).map { $0 * inverse * $1 }
    }

    /// Rounded to 16 bits in groups of 32, as what an int8 matrix multiplies is: the largest becomes 127 · 256, and a
    /// low byte of −128 is raised by one.
    private func quantised(_ x: [Double]) -> [Double] {
        stride(from: 0, to: x.count, by: 32).flatMap { first in
            let group = x[first..<first + 32]
            let scale = group.reduce(0) { max($0, $1.magnitude) } / 32512
            return group.map { value in
                let rounded = scale > 0 ? (value / scale).rounded(.toNearestOrEven) : 0
                return (rounded + ((Int(rounded) + 128).isMultiple(of: 256) ? 1 : 0)) * scale
            }
        }
    }

    private func product(_ name: String, _ x: [Double], columns: Int? = nil) -> [Double] {
        product(exactly: name, quantised(x), columns: columns)
    }

    /// - Parameter columns: of the matrix, where x has fewer: its first ones are multiplied.
    private func product(exactly name: String, _ x: [Double], columns: Int? = nil) -> [Double] {
        let matrix = weight(name)
        return stride(from: 0, to: matrix.count, by: columns ?? x.count).map { start in
            var sum = 0.0
            for i in 0..<x.count { sum += matrix[start + i] * x[i] }
            return sum
        }
    }
}
