import Foundation
import Testing

/// Compares text with a committed file. `FATHOM_RECORD_GOLDEN=1` writes the files anew instead.
func expectGolden(_ text: String, _ name: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden/\(name).txt")
    if ProcessInfo.processInfo.environment["FATHOM_RECORD_GOLDEN"] == "1" {
        try Data((text + "\n").utf8).write(to: file)
        return
    }
    let expected = try String(decoding: Data(contentsOf: file), as: UTF8.self)
    guard expected != text + "\n" else { return }
    Issue.record(
        """
        \(name) differs (FATHOM_RECORD_GOLDEN=1 records it anew):
        \(difference(expected, text + "\n"))
        """, sourceLocation: sourceLocation)
}

/// The lines that differ, the expected one with `-` and the present one with `+`.
private func difference(_ expected: String, _ present: String) -> String {
    let old = expected.split(separator: "\n", omittingEmptySubsequences: false)
    let new = present.split(separator: "\n", omittingEmptySubsequences: false)
    var lines: [String] = []
    for row in 0..<max(old.count, new.count) {
        let (before, after) = (row < old.count ? old[row] : nil, row < new.count ? new[row] : nil)
        guard before != after else { continue }
        lines += [before.map { "\(row) - \($0)" }, after.map { "\(row) + \($0)" }].compactMap { $0 }
    }
    return lines.joined(separator: "\n")
}
