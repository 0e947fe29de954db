import Foundation
import MoDModel
import Testing
import Tokenization

/// MODELS.md says what there is, no more and no less, and names tests that are there.
@Suite("The page on models", .serialized)
struct ModelsPageTests {
    @Test("Its tables are those of the code")
    func tables() throws {
        let file = ModelsPage.tests.appending(path: "../MODELS.md")
        var page = try String(contentsOf: file, encoding: .utf8)
        for (name, heading, rows) in try ModelsPage.tables() {
            let table = ModelsPage.text(of: rows, heading: heading)
            let start = try #require(page.range(of: "<!-- \(name) -->\n")).upperBound
            let stop = try #require(page.range(of: "<!-- end -->", range: start..<page.endIndex)).lowerBound
            if ProcessInfo.processInfo.environment["FATHOM_RECORD_GOLDEN"] == "1" {
                page.replaceSubrange(start..<stop, with: table)
                try Data(page.utf8).write(to: file)
            } else {
                #expect(String(page[start..<stop]) == table, "FATHOM_RECORD_GOLDEN=1 writes it anew")
            }
        }
    }

    @Test("Every family and every tokenizer of the engine has a row")
    func complete() throws {
        #expect(Set(ModelsPage.families.map(\.architecture)) == Set(ModelFamily.all.map(\.architecture)))
        #expect(ModelsPage.tokenizers.compactMap(\.rule) == PreTokenizer.known.keys.sorted())
        #expect(
            Set(ModelsPage.tokenizers.map(\.model.rawValue)) == Set(TokenizerModel.allCases.map(\.rawValue)))
    }

    @Test("The tests it names are there")
    func tests() throws {
        let named = Set(try ModelsPage.tables().flatMap(\.rows).flatMap(\.tests))
        let files = try FileManager.default.subpathsOfDirectory(atPath: ModelsPage.tests.path).filter {
            $0.hasSuffix("Tests.swift")
        }
        for name in named {
            let parts = name.split(separator: ".")
            let sources = try files.map {
                try String(contentsOf: ModelsPage.tests.appending(path: $0), encoding: .utf8)
            }.filter { $0.contains("struct \(parts[0]) {") }
            try #require(sources.count == 1, "\(name)")
            #expect(sources[0].contains("func \(parts[1])("), "\(name)")
        }
    }
}
