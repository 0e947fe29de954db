import Foundation
import MoDModel
import TestSupport
import Testing

/// Runs a router on scores alone, without a model.
struct RouterBench {
    let router: TokenRouter
    let table: ThresholdTable
    let thinWork: Float
    private let anchors: Int

    /// Routers whose calibrated scores were normal, of a spread of `scale`; each block has a thin path if `thinWork` is
    /// below 1. The table has `steps` + 1 capacities, and where it `isFlat` all its thresholds are 0.
    init(
        blocks: Int, anchors: Int = 0, thinWork: Float = 1, steps: Int = 16, scale: Float = 1,
        isFlat: Bool = false, contextLength: Int
    ) throws {
        let grid = (0...steps).map { Float($0) / Float(steps) }
        func threshold(_ share: Float) -> Float { isFlat ? 0 : scale * Self.threshold(share) }
        let rows = (0..<blocks).map { _ -> ThresholdTable.Row in
            // Half of what is processed goes in full, at the same work.
            let processed = grid.map { thinWork < 1 ? min($0 / ((1 + thinWork) / 2), 1) : $0 }
            let full = zip(grid, processed).map { thinWork < 1 ? ($0 - thinWork * $1) / (1 - thinWork) : $0 }
                .map { min(max($0, 0), 1) }
            return ThresholdTable.Row(
                full: full.map(threshold), thin: processed.map(threshold), fullShare: full,
                processedShare: processed)
        }
        guard let table = ThresholdTable(capacities: grid, rows: rows) else { throw Unsound() }
        self.table = table
        self.thinWork = thinWork
        self.anchors = anchors
        router = try TokenRouter(
            table: table, anchors: anchors, thinWork: thinWork, contextLength: contextLength)
    }

    private struct Unsound: Error {}

    /// The score that a share of normally distributed scores reaches.
    private static func threshold(_ share: Float) -> Float {
        var (low, high) = (-4.0, 4.0)
        for _ in 0..<60 {
            let middle = (low + high) / 2
            (low, high) = erfc(middle / 2.0.squareRoot()) / 2 > Double(share) ? (middle, high) : (low, middle)
        }
        return Float(low)
    }

    /// Decides about scores [block][token] in chunks of the lengths given, repeated as often as needed; [block][token].
    func decide(_ scores: [[Float]], from position: Int = 0, chunks: [Int] = [1]) -> [[RoutingDecision]] {
        var result: [[RoutingDecision]] = scores.map { _ in [] }
        var (first, turn) = (0, 0)
        let length = scores.first?.count ?? 0
        while first < length {
            let count = min(chunks[turn % chunks.count], length - first)
            precondition(count <= TokenRouter.longestChunk, "no session has such chunks")
            router.prepare(position: position + first)
            for (block, scores) in scores.enumerated() {
                var decisions = Array(
                    repeating: RoutingDecision(grade: .bypassed, reason: .score), count: count)
                var inForce = Array(repeating: Thresholds.none, count: count)
                scores.withUnsafeBufferPointer { all in
                    guard let base = all.baseAddress else { return }
                    router.decide(
                        block: block, position: position + first, count: count, scores: base + first,
                        into: &decisions, recording: &inForce)
                }
                result[block] += decisions
            }
            first += count
            turn += 1
        }
        return result
    }

    /// The work of one decision.
    func work(_ decision: RoutingDecision) -> Double {
        switch decision.grade {
        case .bypassed: 0
        case .thin: Double(thinWork)
        case .full: 1
        }
    }
}

/// Texts, as a router sees them.
enum ScoreSource: String, CaseIterable, Sendable, CustomTestStringConvertible {
    /// As calibrated.
    case alike
    /// All higher, all lower, wider, narrower.
    case higher, lower, wider, narrower
    /// In long waves, in steps, ever higher.
    case waves, steps, trend
    /// A few scores over and over; a single score.
    case repeated, constant

    var testDescription: String { rawValue }

    /// The sources whose level stays, or moves slowly.
    static let calm = allCases.filter { $0 != .waves && $0 != .steps }
    /// The sources whose level keeps moving, at all blocks at once, by two deviations.
    static let restless = [ScoreSource.waves, .steps]

    func scores(_ count: Int, seed: UInt64) -> [Float] {
        var random = SeededGenerator(seed: seed)
        func normal() -> Float {
            let (u, v) = (
                Double.random(in: 1e-12..<1, using: &random), Double.random(in: 0..<1, using: &random)
            )
            return Float((-2 * log(u)).squareRoot() * cos(2 * .pi * v))
        }
        let line = (0..<11).map { _ in normal() }
        return (0..<count).map { place in
            let x = Float(place)
            switch self {
            case .alike: return normal()
            case .higher: return normal() + 1.5
            case .lower: return normal() - 1.5
            case .wider: return 2.5 * normal()
            case .narrower: return 0.3 * normal() + 0.2
            case .waves: return normal() + sin(x / 60)
            case .steps: return normal() + (place / 300 % 2 == 0 ? 1 : -1)
            case .trend: return normal() + 2 * x / Float(count)
            case .repeated: return line[place % line.count]
            case .constant: return 0.7
            }
        }
    }
}
