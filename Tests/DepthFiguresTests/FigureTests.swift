import DepthFigures
import Foundation
import InferenceEngine
import MoDModel
import Testing

#if canImport(FoundationXML)
    import FoundationXML
#endif

@Suite("Depth maps")
struct DepthMapTests {
    /// Whether bytes are sound XML.
    private func isXML(_ data: Data) -> Bool {
        XMLParser(data: data).parse()
    }

    @Test("SVG is sound XML, whatever the tokens say", arguments: MapMode.allCases, Palette.allCases)
    func svg(mode: MapMode, palette: Palette) {
        let data = SVG.file(DepthMap.figure(Traces.trace(replyFrom: 5), mode: mode, palette: palette))
        #expect(isXML(data))
        let text = String(decoding: data, as: UTF8.self)
        let hidden: [Unicode.GeneralCategory] = [.control, .format, .privateUse, .unassigned, .lineSeparator]
        let odd = text.unicodeScalars.filter { $0 != "\n" && hidden.contains($0.properties.generalCategory) }
        #expect(odd.isEmpty, "\(odd)")
        #expect(!text.contains("<b>") && text.contains("␣&lt;b&gt;&amp;&quot;") && text.contains("U+202E"))
        #expect(
            text.contains("Tiny &lt;&amp;&gt; · capacity 0.5 asked, ") && text.contains("seed 7 · 16 tokens"))
    }

    @Test("HTML is sound, and needs nothing but itself")
    func html() {
        let data = Page.file(DepthMap.figure(Traces.trace(), mode: .score, palette: .cividis))
        #expect(isXML(data))
        let text = String(decoding: data, as: UTF8.self)
        #expect(!text.contains("<script") && !text.contains("src=") && !text.contains("url("))
        #expect(text.contains("settled after 4 blocks"), "hints tell of the lens")
    }

    @Test("Every token has a cell at every block, in the colour of its grade")
    func cells() throws {
        let trace = Traces.trace(Array(repeating: "a", count: 9), withLens: false)
        let svg = String(
            decoding: SVG.file(DepthMap.figure(trace, mode: .processed, palette: .grey)), as: UTF8.self)
        func cells(_ color: String) throws -> Int {
            let paths = svg.split(separator: "\n").filter {
                $0.contains("stroke=\"\(color)\"") && $0.contains("h7.5")
            }
            return paths.reduce(0) {
                $0 + $1.split(separator: "h7.5", omittingEmptySubsequences: false).count - 1
            }
        }
        // Two blocks without a router, and of the others a third each.
        #expect(try cells("#303030") == 18 + 6 && cells("#9a9a9a") == 6 && cells("#ececec") == 6)
    }

    @Test("A long text is cut into panels, and no figure is empty")
    func panels() throws {
        func height(_ count: Int) throws -> Int {
            let figure = DepthMap.figure(
                Traces.trace(Array(repeating: "a", count: count)), mode: .score, palette: .viridis)
            return try Picture(#require(PNG.file(figure))).height
        }
        let heights = try [0, 96, 97, 192].map(height)
        #expect(heights[0] > 40 && heights[1] < heights[2] && heights[2] == heights[3])
    }

    @Test("A dense model, and scores that are no numbers or all the same")
    func oddValues() throws {
        var dense = Traces.trace(["a"], withLens: false)
        dense.model.routedBlocks = []
        dense.tokens[0].traced.routing = TokenRouting(
            grades: Array(repeating: .full, count: 4), scores: [], thresholds: [], reasons: [])
        var same = Traces.trace(["a", "b"], withLens: false)
        for place in 0..<2 { same.tokens[place].traced.routing.scores = [.nan, 2] }
        for trace in [dense, same] {
            for mode in MapMode.allCases {
                let figure = DepthMap.figure(trace, mode: mode, palette: .viridis)
                #expect(isXML(SVG.file(figure)))
                #expect(!String(decoding: SVG.file(figure), as: UTF8.self).contains("nan"))
            }
        }
    }
}

@Suite("Pictures")
struct PictureTests {
    private static var fixture: URL {
        URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/map.png")
    }

    private var figure: Figure {
        DepthMap.figure(
            Traces.trace(["The", " fox", "\n", "<|im_end|>", " é"], replyFrom: 3), mode: .score,
            palette: .viridis)
    }

    @Test("A small map looks as it did; FATHOM_RECORD_GOLDEN=1 records it anew")
    func golden() throws {
        let data = try #require(PNG.file(figure))
        if ProcessInfo.processInfo.environment["FATHOM_RECORD_GOLDEN"] == "1" {
            try data.write(to: Self.fixture)
        }
        let (picture, expected) = (try Picture(data), try Picture(Data(contentsOf: Self.fixture)))
        #expect(picture == expected)
        #expect(Set(picture.colors).count > 8)
    }

    @Test("Python reads the same pixels", .enabled(if: Python.hasPillow, "Python has no Pillow."))
    func pillow() throws {
        let data = try #require(PNG.file(figure))
        let picture = try Picture(data)
        #expect(try Python.pixels(of: data) == Data(picture.pixels))
    }

    @Test("What is too large is not made")
    func tooLarge() {
        let trace = Traces.trace(Array(repeating: "a long word", count: 60_000), withLens: false)
        #expect(PNG.file(DepthMap.figure(trace, mode: .processed, palette: .grey)) == nil)
    }

    @Test("Palettes go from dark to light, or the other way, all the way", arguments: Palette.allCases)
    func order(palette: Palette) throws {
        // A map of ranks has one token for each step.
        var trace = Traces.trace(Array(repeating: "a", count: 40), withLens: false)
        for place in trace.tokens.indices { trace.tokens[place].traced.routing.scores = [Float(place), 0] }
        let picture = try Picture(#require(PNG.file(DepthMap.figure(trace, mode: .rank, palette: palette))))
        let row = picture.colors(row: Int(picture.cellRow(block: 1, of: 4)))
        let lightness = row.map { 0.2126 * Double($0.0) + 0.7152 * Double($0.1) + 0.0722 * Double($0.2) }
        let falls = palette == .grey
        for (left, right) in zip(lightness, lightness.dropFirst()) {
            #expect(falls ? right <= left + 1 : right >= left - 1)
        }
        #expect((lightness[0] - lightness[lightness.count - 1]).magnitude > 120)
    }
}
