import Foundation
import GGUF
import MoDModel

/// The forward pass of a routed Llama in double precision on dequantised weights, one token after the other:
/// slow and plain, to hold the engine against.
///
/// Keys and values are rounded to fp16 as the engine's cache is; activations are not quantised.
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
    }

    /// Runs tokens along routes that are given ([token][block]), so that one decision at the edge of a threshold
    /// does not send the rest another way.
    func run(_ tokens: [Int32], along routes: [[Bool]]) -> Outcome {
        var outcome = Outcome()
        /// [block][slot][key and value].
        var cache = Array(repeating: [(key: [Double], value: [Double])](), count: shape.blockCount)
        for (position, token) in tokens.enumerated() {
            let length = shape.embeddingLength
            var x = Array(weight("token_embd.weight")[Int(token) * length..<(Int(token) + 1) * length])
            var scores: [Double] = []
            for block in 0..<shape.blockCount {
                let isRouted = shape.routing.blocks.contains(block)
                let normed = rmsNorm(x, weight("blk.\(block).attn_norm.weight"))
                let score = isRouted ? routerScore(block, normed) : nil
                if let score { scores.append(score) }
                let processed = routes[position][block]
                if processed || shape.routing.kv == .all {
                    cache[block].append(keyAndValue(block, normed, position))
                }
                guard processed else { continue }
                let scale = score.map { shape.routing.gate == .scaled ? 1 / (1 + exp(-$0)) : 1 } ?? 1
                let change = effect(block, x, normed, position, cache[block])
                x = zip(x, change).map { $0 + scale * $1 }
            }
            outcome.scores.append(scores)
            let final = rmsNorm(x, weight("output_norm.weight"))
            outcome.logits.append(product("token_embd.weight", final))
        }
        return outcome
    }

    /// f_l(x): attention and perceptron, without the residual.
    private func effect(
        _ block: Int, _ x: [Double], _ normed: [Double], _ position: Int,
        _ cache: [(key: [Double], value: [Double])]
    ) -> [Double] {
        let name = "blk.\(block)"
        let length = shape.headLength
        let query = rotated(product("\(name).attn_q.weight", normed), position)
        var attended: [Double] = []
        for head in 0..<shape.headCount {
            let mine = query[head * length..<(head + 1) * length]
            let shared = head / (shape.headCount / shape.kvHeadCount) * length
            let scores = cache.map { slot in
                zip(mine, slot.key[shared..<shared + length]).reduce(0) { $0 + $1.0 * $1.1 }
                    / Double(length).squareRoot()
            }
            let largest = scores.max() ?? 0
            let shares = scores.map { exp($0 - largest) }
            let sum = shares.reduce(0, +)
            for d in shared..<shared + length {
                attended.append(zip(shares, cache).reduce(0) { $0 + $1.0 * $1.1.value[d] } / sum)
            }
        }
        let attention = product("\(name).attn_output.weight", attended)
        let hidden = zip(x, attention).map { $0 + $1 }
        let inner = rmsNorm(hidden, weight("\(name).ffn_norm.weight"))
        let gate = product("\(name).ffn_gate.weight", inner).map(silu)
        let up = product("\(name).ffn_up.weight", inner)
        let down = product("\(name).ffn_down.weight", zip(gate, up).map { $0 * $1 })
        return zip(attention, down).map { $0 + $1 }
    }

    private func keyAndValue(
        _ block: Int, _ normed: [Double], _ position: Int
    ) -> (key: [Double], value: [Double]) {
        let key = rotated(product("blk.\(block).attn_k.weight", normed), position)
        let value = product("blk.\(block).attn_v.weight", normed)
        func half(_ x: Double) -> Double { Double(HalfFloat.float(HalfFloat.bits(Float(x)))) }
        return (key.map(half), value.map(half))
    }

    private func routerScore(_ block: Int, _ normed: [Double]) -> Double {
        let name = "blk.\(block).depth_router"
        let inner = product("\(name).in.weight", normed)
        let hidden = zip(inner, weight("\(name).in.bias")).map { silu($0 + $1) }
        return zip(hidden, weight("\(name).out.weight")).reduce(weight("\(name).out.bias")[0]) {
            $0 + $1.0 * $1.1
        }
    }

    private func rotated(_ heads: [Double], _ position: Int) -> [Double] {
        var heads = heads
        for pair in 0..<heads.count / 2 {
            let place = pair % (shape.headLength / 2)
            let angle =
                Double(position) * pow(shape.ropeBase, -2 * Double(place) / Double(shape.headLength))
            let (even, odd) = (heads[2 * pair], heads[2 * pair + 1])
            heads[2 * pair] = even * cos(angle) - odd * sin(angle)
            heads[2 * pair + 1] = even * sin(angle) + odd * cos(angle)
        }
        return heads
    }

    private func weight(_ name: String) -> [Double] { weights[name] ?? [] }

    private func silu(_ x: Double) -> Double { x / (1 + exp(-x)) }

    private func rmsNorm(_ x: [Double], _ weight: [Double]) -> [Double] {
        let square = x.reduce(0) { $0 + $1 * $1 } / Double(x.count)
        let inverse = 1 / (square + Double(shape.normEpsilon)).squareRoot()
        return zip(x, weight).map { $0 * inverse * $1 }
    }

    private func product(_ name: String, _ x: [Double]) -> [Double] {
        let matrix = weight(name)
        return stride(from: 0, to: matrix.count, by: x.count).map { start in
            var sum = 0.0
            for i in 0..<x.count { sum += matrix[start + i] * x[i] }
            return sum
        }
    }
}
