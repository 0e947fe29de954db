import GGUF
import MoDModel

/// The state of a tuning as keys of GGUF, but for the routers.
extension RouterTuning.State {
    private enum Key {
        static let middle = "tuning.middle"
        static let squares = "tuning.squares"
        static let products = "tuning.products"
        static let residuals = "tuning.residuals"
        static let counts = "tuning.counts"
        static let added = "tuning.added"
        static let thresholds = "tuning.thresholds"
        static let texts = "tuning.texts"
        static let seconds = "tuning.seconds"
    }

    /// All of it but the routers.
    var metadata: GGUFMetadata {
        [
            Key.middle: .float32(correction.middle), Key.added: .array(.float64(correction.added)),
            Key.squares: .array(.float64(correction.sums.flatMap(\.squares))),
            Key.products: .array(.float64(correction.sums.flatMap(\.products))),
            Key.residuals: .array(.float64(correction.sums.map(\.residual))),
            Key.counts: .array(.uint64(correction.sums.map { UInt64($0.count) })),
            Key.thresholds: .array(.float32(thresholds.flatMap { [$0.full, $0.thin] })),
            Key.texts: .uint64(UInt64(texts)), Key.seconds: .float64(seconds),
        ]
    }

    /// Goes on with routers, and with what `metadata` told of the rest; nil for what cannot be.
    ///
    /// - Throws: `GGUFError` for a key that is missing or of another type.
    init?(routers: [Router], in file: GGUFFile) throws(GGUFError) {
        let squares = try file.value(Key.squares, as: [Double].self)
        let products = try file.value(Key.products, as: [Double].self)
        let residuals = try file.value(Key.residuals, as: [Double].self)
        let counts = try file.value(Key.counts, as: [Int].self)
        let (capacities, width) = (TuningTrial.capacities.count, 2 * routers.count)
        guard residuals.count == capacities, counts.count == capacities,
            products.count == capacities * width, squares.count == capacities * width * width
        else { return nil }
        let sums = (0..<capacities).map { place in
            CostCorrection.Sums(
                squares: Array(squares[place * width * width..<(place + 1) * width * width]),
                products: Array(products[place * width..<(place + 1) * width]),
                residual: residuals[place], count: counts[place])
        }
        let correction = CostCorrection(
            blocks: routers.count, middle: try file.value(Key.middle, as: Float.self), sums: sums,
            added: try file.value(Key.added, as: [Double].self))
        let numbers = try file.value(Key.thresholds, as: [Float].self)
        let (texts, seconds) = (try file.int(Key.texts), try file.value(Key.seconds, as: Double.self))
        guard let correction, numbers.count == 2 * capacities, texts >= 0, seconds >= 0,
            numbers.allSatisfy({ !$0.isNaN })
        else { return nil }
        self.init(
            routers: routers, correction: correction,
            thresholds: stride(from: 0, to: numbers.count, by: 2).map {
                Thresholds(full: numbers[$0], thin: numbers[$0 + 1])
            }, texts: texts, seconds: seconds)
    }
}
