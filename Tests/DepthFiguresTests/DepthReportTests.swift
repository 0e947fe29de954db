import DepthFigures
import Foundation
import InferenceEngine
import MoDModel
import Testing

#if canImport(FoundationXML)
    import FoundationXML
#endif

@Suite("The report")
struct DepthReportTests {
    private static let speed = DepthReport.Speed(prefill: 1234, decode: 56, threads: 2, kernels: "AVX2")

    private func page(_ trace: DepthTrace, title: String = "text") throws -> String {
        let row = ThresholdTable.Row(
            full: [9, 0.5, -9], thin: [9, -0.5, -9], fullShare: [0, 0.5, 1], processedShare: [0, 0.75, 1])
        let table = try #require(ThresholdTable(capacities: [0, 0.5, 1], rows: [row, row]))
        let data = DepthReport.file(
            trace, title: title, thresholds: table, speed: Self.speed, date: "2026-01-02", palette: .viridis)
        #expect(XMLParser(data: data).parse())
        return String(decoding: data, as: UTF8.self)
    }

    @Test("One page, sound, without scripts or other files, with everything in it")
    func whole() throws {
        let texts = (0..<10).flatMap { _ in ["Hello", " wor", "ld", ",", " 42", "\n"] } + Traces.nasty
        let trace = Traces.trace(texts)
        let page = try page(trace, title: "<script>alert(1)</script>")
        #expect(!page.contains("<script") && !page.contains("src=") && page.contains("&lt;script&gt;"))
        #expect(page.contains("prefers-color-scheme: dark") && page.contains("2026-01-02"))
        for title in [
            "Share per block", "Lens curve", "Settled at, against depth given", "Depth against entropy",
            "Depth by token class", "Scores by block", "Depth map", "Logit lens",
        ] {
            #expect(page.contains(">\(title)"), "\(title)")
        }
        for kind in ["word start", "continuation", "punctuation", "digit", "whitespace", "special"] {
            #expect(page.contains(">\(kind)<"), "\(kind)")
        }
        #expect(page.contains("1234 tokens a second in chunks, 56 one by one; 2 threads, AVX2"))
        // Every token that came was given 1/8.
        #expect(page.contains("<td>8</td>"))
        let readings = trace.tokens.compactMap(\.lens)
        let correlation = try #require(LogitLens.correlation(of: readings))
        let shown = String(format: "%.3f", correlation)
        #expect(page.contains("Spearman's rank correlation is \(shown.replacing(/0+$/, with: ""))"))
    }

    @Test("A single token, and a dense model", arguments: [true, false])
    func little(isRouted: Bool) throws {
        var trace = Traces.trace(["a"])
        if !isRouted {
            trace.model.routedBlocks = []
            trace.tokens[0].traced.routing = TokenRouting(
                grades: Array(repeating: .full, count: 4), scores: [], thresholds: [], reasons: [])
        }
        let page = try page(trace)
        #expect(page.contains("there is no correlation") && !page.contains("nan"))
        #expect(page.contains("Scores by block") == isRouted)
    }
}
