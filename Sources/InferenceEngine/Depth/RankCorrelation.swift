/// Rank correlation.
public enum RankCorrelation {
    /// Spearman's rank correlation of two lists, −1…1: the correlation of their ranks, equal values having the mean of
    /// theirs. Nil for lists of fewer than two values or of different lengths, and where all of one are equal.
    public static func spearman(_ x: [Double], _ y: [Double]) -> Double? {
        guard x.count == y.count, x.count >= 2 else { return nil }
        let mean = Double(x.count - 1) / 2
        let (a, b) = (ranks(x).map { $0 - mean }, ranks(y).map { $0 - mean })
        func product(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
        let scale = (product(a, a) * product(b, b)).squareRoot()
        return scale > 0 ? product(a, b) / scale : nil
    }

    /// Ranks from 0, of equal values their mean.
    private static func ranks(_ values: [Double]) -> [Double] {
        let order = values.indices.sorted { values[$0] < values[$1] }
        var ranks = [Double](repeating: 0, count: values.count)
        var first = 0
        while first < order.count {
            let end = order[first...].firstIndex { values[$0] != values[order[first]] } ?? order.count
            for place in first..<end { ranks[order[place]] = Double(first + end - 1) / 2 }
            first = end
        }
        return ranks
    }
}
