public import Foundation
import InferenceEngine
public import MoDModel

/// A page that tells how deep a text went through a model, and what may have to do with it.
public struct DepthReport {
    /// How fast the text was read.
    public struct Speed: Sendable, Hashable {
        /// Tokens a second, chunk by chunk (prefill).
        public var prefill: Double
        /// Tokens a second, one by one (decode); nil where the text is too short to tell.
        public var decode: Double?
        /// Compute threads.
        public var threads: Int
        /// The kernels' instruction set.
        public var kernels: String

        /// Creates a record of speeds.
        public init(prefill: Double, decode: Double?, threads: Int, kernels: String) {
            self.prefill = prefill
            self.decode = decode
            self.threads = threads
            self.kernels = kernels
        }
    }

    private let trace: DepthTrace
    private let thresholds: ThresholdTable
    private let palette: Palette
    private let accent: Ink
    private let second: Ink

    /// The page, in HTML.
    ///
    /// - Parameters:
    ///   - trace: with a reading of the lens for every token.
    ///   - title: what the text is called.
    ///   - thresholds: those of the trace's model.
    ///   - date: when the text was read, as the page is to have it.
    public static func file(
        _ trace: DepthTrace, title: String, thresholds: ThresholdTable, speed: Speed, date: String,
        palette: Palette
    ) -> Data {
        let report = DepthReport(trace, thresholds, palette)
        return Page.file(title: "Depth of \(title)", body: report.body(title, speed, date))
    }

    private init(_ trace: DepthTrace, _ thresholds: ThresholdTable, _ palette: Palette) {
        self.trace = trace
        self.thresholds = thresholds
        self.palette = palette
        // In the middle of the palette, where it is seen on light and dark.
        accent = .color(palette.accent)
        second = .color(Color(0xD9822B))
    }

    private var isRouted: Bool { !trace.model.routedBlocks.isEmpty }

    private func body(_ title: String, _ speed: Speed, _ date: String) -> String {
        var charts = [blockShares(), lensCurve(), settling(), entropy(), classes()].compactMap { $0 }
        if isRouted { charts.append(histograms()) }
        return """
            <h1>Depth of \(SVG.escaped(title))</h1>
            <p>\(SVG.escaped(trace.caption)) · \(SVG.escaped(date))</p>
            \(table(speed))
            <section class="grid">
            \(charts.joined())</section>
            \(map(isRouted ? .score : .processed))
            \(map(.settled))

            """
    }

    /// A map, which is folded up where it would fill more than a screen or two.
    private func map(_ mode: MapMode) -> String {
        let (title, words) =
            switch mode {
            case .settled:
                (
                    "Logit lens by token",
                    "How probable the model's final first choice was after each block, and where that settled."
                )
            case _ where isRouted:
                (
                    "Depth map",
                    "How each block took each token. What bypassed a block was not computed there, but for keys and values."
                )
            default: ("Depth map", "This model has no routers: every block takes every token.")
            }
        let figure = DepthMap.figure(trace, mode: mode, palette: palette)
        let isOpen = trace.tokens.count <= Self.openTokens
        return """
            <details\(isOpen ? " open=\"open\"" : "")><summary>\(SVG.escaped(title))</summary>
            <p>\(SVG.escaped(words))</p>
            <figure class="wide">\(SVG.inline(figure))</figure></details>
            """
    }

    /// The most tokens of a map that is not folded up.
    private static let openTokens = 400

    private func section(_ title: String, _ words: String, _ figure: Figure) -> String {
        """
        <section><h2>\(SVG.escaped(title))</h2>
        <p>\(SVG.escaped(words))</p>
        <figure>\(SVG.inline(figure))</figure></section>

        """
    }

    // MARK: Figures

    private func table(_ speed: Speed) -> String {
        let weights = trace.model.weights
        let count = Double(max(trace.tokens.count, 1))
        let bytes = trace.tokens.reduce(0.0) { $0 + Double(weights.read(by: $1.traced.routing)) } / count
        let share = trace.tokens.reduce(0.0) { $0 + weights.shareRead(by: $1.traced.routing) } / count
        let surprise = predicted.map { -log(max(Double($0.probability), 1e-30)) }
        var rows = [
            ("Model", "\(trace.model.name), \(trace.model.blockCount) blocks"),
            ("Tokens", "\(trace.tokens.count)"),
            ("Mean depth", "\(mean(trace.tokens.map { Double($0.traced.routing.depth) }).short(1)) blocks"),
            (
                "Weights read",
                "\((bytes / 1e6).short(1)) MB a token, \((100 * share).short(0)) % of the dense model's"
            ),
            ("Perplexity", surprise.isEmpty ? "–" : exp(mean(surprise)).short(2)),
            (
                "Settled after", "\(mean(readings.map { Double($0.settled) }).short(1)) blocks in the mean"
            ),
            (
                "Speed",
                "\(speed.prefill.short(0)) tokens a second in chunks"
                    + (speed.decode.map { ", \($0.short(0)) one by one" } ?? "")
                    + "; \(speed.threads) threads, \(speed.kernels)"
            ),
        ]
        if isRouted {
            rows.insert(
                (
                    "Capacity",
                    "\(trace.capacity.value.short(4)) asked, \(trace.realised.short(3)) real, policy \(trace.policy.caption)"
                ), at: 1)
        }
        let lines = rows.map { "<tr><th>\(SVG.escaped($0.0))</th><td>\(SVG.escaped($0.1))</td></tr>" }
        return "<table>\n\(lines.joined(separator: "\n"))\n</table>"
    }

    /// The readings of the lens.
    private var readings: [LogitLens.Reading] { trace.tokens.compactMap(\.lens) }

    /// The tokens that the model gave a probability before they came.
    private var predicted: [(position: Int, probability: Float)] {
        readings.compactMap { reading in
            reading.depths.last?.nextProbability.map { (reading.position + 1, $0) }
        }
    }

    private func mean(_ values: [Double]) -> Double {
        values.isEmpty ? .nan : values.reduce(0, +) / Double(values.count)
    }

    // MARK: Charts

    private func blockShares() -> String? {
        guard isRouted else { return nil }
        let last = Double(trace.model.blockCount - 1)
        var chart = Chart(
            "Share of work by block", x: -0.5...last + 0.5, "block", y: 0...1, "share of a block's work")
        for block in 0..<trace.model.blockCount {
            let routed = trace.model.routedBlocks.firstIndex(of: block)
            chart.bar(
                x: Double(block), width: 0.72, to: trace.realised(block: block),
                routed == nil ? .faint : accent)
            if let routed {
                let asked = asked(routed)
                chart.line([(Double(block) - 0.46, asked), (Double(block) + 0.46, asked)], .ink, width: 1.75)
            }
        }
        let words =
            "Bars: the work done. Lines: what the table's shares give this capacity\(isHeld ? "; held moves shares to where the text needs them, and keeps their mean" : ""). Pale: blocks without a router."
        return section("Share per block", words, chart.figure)
    }

    private var isHeld: Bool { if case .held = trace.policy { trace.capacity < .dense } else { false } }

    private func asked(_ routed: Int) -> Double {
        let shares = thresholds.shares(block: routed, at: trace.capacity)
        return Double(shares.full) + trace.model.weights.thinWork * Double(shares.processed - shares.full)
    }

    private func lensCurve() -> String? {
        guard let depths = readings.first?.depths.count else { return nil }
        let final = (0..<depths).map { depth in
            (Double(depth), mean(readings.map { Double($0.depths[depth].finalProbability) }))
        }
        let next = (0..<depths).map { depth in
            (Double(depth), mean(readings.compactMap { $0.depths[depth].nextProbability.map(Double.init) }))
        }
        var chart = Chart(
            "Probability by depth", x: 0...Double(depths - 1), "blocks passed", y: 0...1, "mean probability")
        chart.line(final, accent, width: 2)
        let hasNext = next.allSatisfy { $0.1.isFinite }
        if hasNext { chart.line(next, second, width: 2) }
        chart.legend([("final first choice", accent)] + (hasNext ? [("token that came", second)] : []))
        return section(
            "Lens curve",
            "What probability the residual after so many blocks would give the token that the model says at last, and the token that came next in the text.",
            chart.figure)
    }

    private func settling() -> String? {
        guard let depths = readings.first?.depths.count else { return nil }
        let works = readings.map(\.work)
        let least = works.min() ?? 0
        var chart = Chart(
            "Settling depth against work", x: (least < 1 ? least : 0)...1, "work given ÷ all",
            y: 0...Double(depths), "settled after blocks")
        for reading in readings {
            // Points on the same spot would hide each other.
            let shift = Double((reading.position * 7919) % 11 - 5) / 16
            chart.dot(reading.work, Double(reading.settled) + shift, radius: 1.6, accent, opacity: 0.5)
        }
        let bins = binned(readings.map { ($0.work, Double($0.settled)) })
        if bins.count > 1 { chart.line(bins, .ink, width: 1.75) }
        let correlation = LogitLens.correlation(of: readings)
        let words =
            correlation.map { "Spearman's rank correlation is \($0.short(3)) over \(readings.count) tokens." }
            ?? "All tokens had the same work, or settled at the same depth: there is no correlation."
        return section(
            "Settled at, against depth given",
            "After how many blocks what comes next was settled, by the work that the routed blocks did. \(words)",
            chart.figure)
    }

    private func entropy() -> String? {
        let points = trace.tokens.compactMap { token in
            token.lens?.depths.last.map { (Double($0.entropy), trace.work(of: token)) }
        }
        guard isRouted, let most = points.map(\.0).max() else { return nil }
        var chart = Chart(
            "Work against entropy", x: 0...max(most, 0.1), "entropy of what comes next, nats", y: 0...1,
            "work given ÷ all")
        for point in points { chart.dot(point.0, point.1, radius: 1.6, accent, opacity: 0.5) }
        let bins = binned(points)
        if bins.count > 1 { chart.line(bins, .ink, width: 1.75) }
        let correlation = RankCorrelation.spearman(points.map(\.0), points.map(\.1))
        return section(
            "Depth against entropy",
            "How unsure the model was of the token after each, and the work done for it; the line joins means of eighths. "
                + (correlation.map { "Spearman's rank correlation is \($0.short(3))." } ?? ""),
            chart.figure)
    }

    /// The means of points in up to eight parts of as many points each, by x.
    private func binned(_ points: [(Double, Double)]) -> [(Double, Double)] {
        let sorted = points.sorted { $0 < $1 }
        let parts = min(8, sorted.count / 4)
        guard parts > 0 else { return [] }
        return (0..<parts).map { part in
            let range = sorted[part * sorted.count / parts..<(part + 1) * sorted.count / parts]
            return (mean(range.map(\.0)), mean(range.map(\.1)))
        }
    }

    private func classes() -> String? {
        guard isRouted else { return nil }
        var works: [TokenClass: [Double]] = [:]
        for (position, token) in trace.tokens.enumerated() {
            let kind = TokenClass(token, after: position > 0 ? trace.tokens[position - 1] : nil)
            works[kind, default: []].append(trace.work(of: token))
        }
        let kinds = TokenClass.allCases.filter { works[$0] != nil }
        var chart = Chart(
            "Work by token class", x: -0.5...Double(kinds.count) - 0.5, "", y: 0...1.1, "mean work ÷ all",
            xTicks: false)
        for (place, kind) in kinds.enumerated() {
            let values = works[kind] ?? []
            chart.bar(x: Double(place), width: 0.62, to: mean(values), accent)
            chart.name(kind.rawValue, x: Double(place))
            chart.note("\(values.count)", Double(place), mean(values) + 0.02, anchor: .middle, .muted)
        }
        return section(
            "Depth by token class", "The mean work for tokens of a kind; above the bars how many there were.",
            chart.figure)
    }

    // MARK: Histograms

    private func histograms() -> String {
        let routed = trace.model.routedBlocks
        let columns = 5
        let (width, height) = (76.0, 52.0)
        let rows = (routed.count + columns - 1) / columns
        var figure = Figure(
            width: Double(columns) * (width + 8), height: Double(rows) * (height + 16),
            title: "Histograms of router scores by block")
        for (index, block) in routed.enumerated() {
            let (row, column) = index.quotientAndRemainder(dividingBy: columns)
            histogram(
                index, block, in: &figure, x: Double(column) * (width + 8), y: Double(row) * (height + 16),
                width: width, height: height)
        }
        return section(
            "Scores by block",
            "How often each router gave which score; the line is the table's threshold for full at this capacity. Each block has a scale of its own.",
            figure)
    }

    private func histogram(
        _ index: Int, _ block: Int, in figure: inout Figure, x: Double, y: Double, width: Double,
        height: Double
    ) {
        let scores = trace.tokens.map { Double($0.traced.routing.scores[index]) }.filter(\.isFinite).sorted()
        figure.text("block \(block)", x, y + 8, size: 7.5, .muted)
        figure.line([(x, y + height), (x + width, y + height)], .muted)
        guard let least = scores.first, let most = scores.last else { return }
        let bins = 24
        let unit = max(most - least, 1e-9) / Double(bins)
        var counts = [Int](repeating: 0, count: bins)
        for score in scores { counts[min(Int((score - least) / unit), bins - 1)] += 1 }
        let highest = Double(counts.max() ?? 1)
        for (bin, count) in counts.enumerated() where count > 0 {
            let part = Double(count) / highest * (height - 12)
            figure.rectangle(
                x + Double(bin) * width / Double(bins), y + height - part, width / Double(bins) - 0.4, part,
                accent)
        }
        let threshold = Double(thresholds.thresholds(block: index, at: trace.capacity).full)
        if threshold.isFinite, least < most, (least...most).contains(threshold) {
            let place = x + (threshold - least) / (most - least) * width
            figure.line([(place, y + 10), (place, y + height)], second, width: 1.25)
        }
        figure.text(least.short(1), x, y + height + 8, size: 6.5, .muted)
        figure.text(most.short(1), x + width, y + height + 8, size: 6.5, anchor: .end, .muted)
    }
}
