import ChatInterface
import Foundation
import Testing

/// The README says of keys and commands what the program's own table says.
@Suite(.serialized) struct ReadmeTests {
    @Test(arguments: [("keys", KeyTables.keys), ("commands", KeyTables.commands)])
    func isOfTheTable(name: String, table: String) throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../README.md")
        let readme = try String(contentsOf: file, encoding: .utf8)
        let (begin, end) = ("<!-- \(name) -->\n", "<!-- end of \(name) -->")
        let start = try #require(readme.range(of: begin)).upperBound
        let stop = try #require(readme.range(of: end, range: start..<readme.endIndex)).lowerBound
        if ProcessInfo.processInfo.environment["FATHOM_RECORD_GOLDEN"] == "1" {
            let text = readme.replacingCharacters(in: start..<stop, with: table)
            try Data(text.utf8).write(to: file)
            return
        }
        #expect(String(readme[start..<stop]) == table, "FATHOM_RECORD_GOLDEN=1 writes it anew")
    }
}
