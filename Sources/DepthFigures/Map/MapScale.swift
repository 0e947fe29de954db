import Foundation
import InferenceEngine
import MoDModel

/// What value each cell of a map has, and which colour that is.
struct MapScale {
    private let trace: DepthTrace
    private let mode: MapMode
    private let palette: Palette
    /// [routed blocks][tokens]: ranks, 0…1; empty but for ranks.
    private var ranks: [[Double]] = []
    /// The values that the ends of the palette stand for.
    private(set) var range = 0.0...1.0

    init(_ trace: DepthTrace, _ mode: MapMode, _ palette: Palette) {
        self.trace = trace
        self.mode = mode
        self.palette = palette
        if mode == .rank {
            ranks = trace.model.routedBlocks.indices.map { routed in
                Self.ranks(trace.tokens.map { $0.traced.routing.scores[routed] })
            }
        }
        guard mode == .score || mode == .margin else { return }
        let values = trace.model.routedBlocks.flatMap { block in
            trace.tokens.indices.compactMap { value(block: block, position: $0) }
        }.sorted()
        guard let least = values.first, let most = values.last else { return }
        // A few far out would leave one colour to all others.
        let (low, high) = (values[values.count / 50], values[values.count - 1 - values.count / 50])
        if mode == .margin {
            let most = max(low.magnitude, high.magnitude, 1e-6)
            range = -most...most
        } else {
            range = low < high ? low...high : least...max(most, least + 1e-6)
        }
    }

    /// Ranks of scores, the lowest 0 and the highest 1, equal ones by position.
    private static func ranks(_ scores: [Float]) -> [Double] {
        let order = scores.indices.sorted { scores[$0] < scores[$1] }
        var ranks = [Double](repeating: 0, count: scores.count)
        for (rank, index) in order.enumerated() {
            ranks[index] = scores.count > 1 ? Double(rank) / Double(scores.count - 1) : 1
        }
        return ranks
    }

    /// The value of a cell; nil where there is none: no router, no threshold, no number, no lens.
    private func value(block: Int, position: Int) -> Double? {
        let token = trace.tokens[position]
        if mode == .settled { return token.lens.map { Double($0.depths[block + 1].finalProbability) } }
        guard let routed = trace.model.routedBlocks.firstIndex(of: block) else { return nil }
        let routing = token.traced.routing
        let value =
            switch mode {
            case .rank: ranks[routed][position]
            case .margin: Double(routing.scores[routed] - routing.thresholds[routed].full)
            case .score, .processed, .settled: Double(routing.scores[routed])
            }
        return value.isFinite ? value : nil
    }

    /// The ink of a cell.
    func ink(block: Int, position: Int) -> Ink {
        let grade = trace.tokens[position].traced.routing.grades[block]
        if mode == .processed { return .color(palette.color(of: Int(grade.rawValue))) }
        return value(block: block, position: position).map { .color(color($0)) } ?? .faint
    }

    /// The colour of a value.
    func color(_ value: Double) -> Color {
        if mode == .margin { return Palette.diverging(value / range.upperBound) }
        let place = (value - range.lowerBound) / (range.upperBound - range.lowerBound)
        return palette.color(place)
    }
}
