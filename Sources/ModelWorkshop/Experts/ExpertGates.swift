import GGUF
import MoDModel

/// What gives the experts of one block their scores of a token: w·x + b for each, with the normed residual after
/// attention as x.
struct ExpertGates: Sendable, Hashable {
    /// [experts][embedding].
    let weights: [Float]
    /// [experts].
    let biases: [Float]

    /// [experts]: the scores of a token.
    func scores(of x: [Float]) -> [Float] {
        biases.indices.map { expert in
            var score = biases[expert]
            for place in x.indices { score += weights[expert * x.count + place] * x[place] }
            return score
        }
    }
}

/// Finds what parts of a block's feed-forward, its hidden units' columns of `down`, add to the residual.
struct ExpertOutputs {
    /// [experts][units of one]: indices of hidden units.
    private let units: [[Int]]
    /// [experts][units of one][units of one]: the inner products of their columns.
    private let products: [[Float]]

    /// - Parameter down: [embedding][hidden units].
    init(_ clusters: UnitClusters, down: [Float], hiddenUnits: Int) {
        units = clusters.units
        products = clusters.units.map { units in
            let length = units.count
            var products = [Float](repeating: 0, count: length * length)
            var row = [Float](repeating: 0, count: length)
            for start in stride(from: 0, to: down.count, by: hiddenUnits) {
                for (place, unit) in units.enumerated() { row[place] = down[start + unit] }
                products.withUnsafeMutableBufferPointer { products in
                    row.withUnsafeBufferPointer { row in
                        for i in 0..<length {
                            let factor = row[i]
                            for j in 0..<length { products[i &* length &+ j] += factor * row[j] }
                        }
                    }
                }
            }
            return products
        }
    }

    /// [experts]: the lengths of what each part adds to the residual.
    ///
    /// - Parameter activations: [hidden units]: silu(gate) · up of a token.
    func lengths(_ activations: UnsafePointer<Float>) -> [Float] {
        zip(units, products).map { units, products in
            let mine = units.map { activations[$0] }
            let length = mine.count
            var square: Float = 0
            products.withUnsafeBufferPointer { products in
                mine.withUnsafeBufferPointer { mine in
                    for i in 0..<length {
                        var sum: Float = 0
                        var lanes = SIMD8<Float>.zero
                        let whole = length / 8 * 8
                        for start in stride(from: 0, to: whole, by: 8) {
                            var (a, b) = (SIMD8<Float>.zero, SIMD8<Float>.zero)
                            for lane in 0..<8 {
                                a[lane] = products[i &* length &+ start &+ lane]
                                b[lane] = mine[start &+ lane]
                            }
                            lanes += a * b
                        }
                        for j in whole..<length { sum += products[i &* length &+ j] * mine[j] }
                        square += mine[i] * (sum + lanes.sum())
                    }
                }
            }
            return max(square, 0).squareRoot()
        }
    }
}
