import Foundation
import InferenceEngine
import MoDModel
import Settings
import Testing
import fathom

/// The room of settings knows no model: what its table says of one is held against the rooms that do.
@Suite("What the table of settings, the README and the program say agrees")
struct SettingTableTests {
    @Test("Windows and drafts go as far as the rooms of the model let them")
    func ranges() {
        #expect(Setting.window.kind == .integer(RoutingPolicy.windows))
        #expect(Setting.window.defaultValue == .integer(RoutingPolicy.defaultWindow))
        #expect(Setting.draftTokens.kind == .integer(0...SelfSpeculation.lengths.upperBound))
    }

    @Test("The README has the exit codes")
    func exitCodes() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../README.md")
        let readme = try String(contentsOf: file, encoding: .utf8)
            .split(whereSeparator: \.isWhitespace).joined(separator: " ")
        let codes = Failure.exitCodes.map { "\($0.code) \($0.meaning)" }.joined(separator: "; ")
        #expect(readme.contains("Exit codes: \(codes)."), "\(codes)")
    }
}
