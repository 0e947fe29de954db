import CInt8Kernels

/// Quantised activations of some tokens, in memory of their own.
struct Activations: Equatable {
    let tokens: Int
    let columns: Int
    /// [tokens][columns / 32][2][32].
    private(set) var values: [Int8]
    /// [tokens][columns / 32], compared by their bits.
    private(set) var scales: [Float]
    /// [tokens][columns / 32].
    private(set) var sums: [Int32]

    var groups: Int { columns / Int(INT8_GROUP) }

    init(tokens: Int, columns: Int) {
        self.tokens = tokens
        self.columns = columns
        let count = tokens * columns / Int(INT8_GROUP)
        // What no kernel writes, so that a place left out shows.
        values = Array(repeating: -128, count: count * Int(INT8_ACTIVATION_GROUP_BYTES))
        scales = Array(repeating: -1, count: count)
        sums = Array(repeating: .min, count: count)
    }

    /// The 16-bit number that stands for column `column` of `token`.
    func integer(token: Int, column: Int) -> Int {
        let unit = Int(INT8_GROUP)
        let start = (token * groups + column / unit) * Int(INT8_ACTIVATION_GROUP_BYTES) + column % unit
        return 256 * Int(values[start]) + Int(values[start + unit])
    }

    func scale(token: Int, column: Int) -> Float {
        scales[token * groups + column / Int(INT8_GROUP)]
    }

    mutating func withView<R>(_ body: (inout int8_activations) -> R) -> R {
        values.withUnsafeMutableBufferPointer { values in
            scales.withUnsafeMutableBufferPointer { scales in
                sums.withUnsafeMutableBufferPointer { sums in
                    var view = int8_activations(
                        values: values.baseAddress, scales: scales.baseAddress, sums: sums.baseAddress)
                    return body(&view)
                }
            }
        }
    }

    static func == (left: Activations, right: Activations) -> Bool {
        left.values == right.values && left.scales.bits == right.scales.bits && left.sums == right.sums
    }
}
