import CInt8Kernels
import Testing

/// One of the kernel sets this processor can run, with arrays for pointers.
struct KernelSet: Sendable, CustomTestStringConvertible {
    let index: Int

    static let all = (0..<int8_kernels_count()).map { KernelSet(index: $0) }
    /// The reference, which runs on every processor.
    static let portable = KernelSet(index: int8_kernels_count() - 1)

    var kernels: int8_kernels {
        guard let set = int8_kernels_at(index) else { preconditionFailure("there is no set \(index)") }
        return set.pointee
    }

    var name: String { String(cString: kernels.name) }
    var testDescription: String { name }

    func quantize(_ rows: [[Float]]) -> Activations {
        var result = Activations(tokens: rows.count, columns: rows.first?.count ?? 0)
        result.withView { view in
            for (token, row) in rows.enumerated() {
                kernels.quantize(row, row.count, token, &view)
            }
        }
        return result
    }

    func dequantize(_ weights: Q8Matrix) -> [Float] {
        var out: [Float] = []
        var row = [Float](repeating: .nan, count: weights.columns)
        for r in 0..<weights.rows {
            weights.bytes.withUnsafeBytes { bytes in
                kernels.dequantize_row(
                    bytes.baseAddress.map { $0 + r * weights.rowBytes }, weights.columns, &row)
            }
            out += row
        }
        return out
    }

    func rmsNorm(_ x: [Float], weight: [Float], epsilon: Float) -> [Float] {
        precondition(x.count.isMultiple(of: 8), "the kernel writes eights")
        var out = [Float](repeating: .nan, count: x.count)
        kernels.rms_norm(x, weight, x.count, epsilon, &out)
        return out
    }

    func rotate(_ x: [Float], cosines: [Float], sines: [Float]) -> [Float] {
        var x = x
        kernels.rotate_pairs(&x, x.count, cosines, sines)
        return x
    }

    /// Stores a position's key, or value, in a span.
    func store(_ row: [Float], as part: CachePart, position: Int, in span: inout [UInt8]) {
        precondition(span.count == int8_cache_span_bytes(row.count), "the kernel counts on a whole span")
        let kernel = part == .key ? kernels.store_key : kernels.store_value
        for first in stride(from: 0, to: row.count, by: Int(INT8_GROUP)) {
            kernel?(Array(row[first...]), row.count, first, position, &span)
        }
    }

    func swiglu(gate: [Float], up: [Float]) -> [Float] {
        precondition(gate.count.isMultiple(of: 8), "the kernel writes eights")
        var out = [Float](repeating: .nan, count: gate.count)
        kernels.swiglu(gate, up, gate.count, &out)
        return out
    }
}
