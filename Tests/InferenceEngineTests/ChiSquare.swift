import Foundation
import Testing

/// Pearson's test of counts against probabilities.
enum ChiSquare {
    /// Expects the counts to deviate from the probabilities no more than once in a thousand times by chance.
    static func expect(
        _ counts: [Double], _ probabilities: [Double], sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let draws = counts.reduce(0, +)
        var statistic = 0.0
        for (count, probability) in zip(counts, probabilities) {
            let expected = probability * draws
            if expected == 0 {
                #expect(count == 0, "what is ruled out was drawn", sourceLocation: sourceLocation)
            } else {
                statistic += (count - expected) * (count - expected) / expected
            }
        }
        let freedom = probabilities.count { $0 > 0 } - 1
        #expect(statistic <= critical(freedom: freedom), sourceLocation: sourceLocation)
    }

    /// The 99.9th percentile, by the approximation of Wilson and Hilferty (1931): 3 % too high at one degree of
    /// freedom, closer beyond.
    private static func critical(freedom: Int) -> Double {
        guard freedom > 0 else { return 0 }
        let n = Double(freedom)
        return n * pow(1 - 2 / (9 * n) + 3.0902 * (2 / (9 * n)).squareRoot(), 3)
    }
}
