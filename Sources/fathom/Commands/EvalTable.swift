import Foundation

/// Prints rows as they come: columns for people, or one JSON object a line.
struct EvalTable {
    private let showsBase: Bool
    private let showsRemoval: Bool
    private let format: ReportFormat

    init(comparison: CapacityComparison, format: ReportFormat) {
        showsBase = comparison.base != nil
        showsRemoval = comparison.removal != nil
        self.format = format
    }

    func printHead(_ title: String) throws {
        guard format == .text else { return }
        try Output.print(title)
        var heads = ["capacity", "realised", "asked − real", "128 within 5", "reads", "perplexity"]
        if showsBase { heads.append("÷ base") }
        heads += ["random routing", "excess ÷ random's"]
        if showsRemoval { heads.append("blocks removed") }
        try Output.print(heads.joined(separator: "  "))
    }

    func printRow(_ row: CapacityComparison.Row) throws {
        guard format == .text else {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys]
            return try Output.printData(String(decoding: encoder.encode(row), as: UTF8.self))
        }
        var cells = [
            row.capacity.formatted(decimals: 4).paddedLeft(8),
            row.realised.formatted(decimals: 4).paddedLeft(8),
            points(row.capacity - row.realised).paddedLeft(12),
            (row.keptRuns.map { (100 * $0).formatted(decimals: 1) + " %" } ?? "").paddedLeft(12),
            (100 * row.reads).formatted(decimals: 0).paddedLeft(3) + " %",
            row.perplexity.formatted(decimals: 2).paddedLeft(10),
        ]
        if showsBase { cells.append((row.timesBase ?? 1).formatted(decimals: 3).paddedLeft(6)) }
        cells.append((row.random?.formatted(decimals: 2) ?? "").paddedLeft(14))
        cells.append((row.excess?.formatted(decimals: 2) ?? "").paddedLeft(17))
        if showsRemoval, let removal = row.removal, let count = row.removedBlocks {
            cells.append("\(removal.formatted(decimals: 2)) (\(count))".paddedLeft(14))
        }
        try Output.print(cells.joined(separator: "  "))
    }

    /// A difference of capacities in hundredths, with its sign.
    private func points(_ difference: Double) -> String {
        let tenths = Int((1000 * difference).rounded())
        return (tenths < 0 ? "-" : "+") + (Double(tenths.magnitude) / 10).formatted(decimals: 1)
    }
}
