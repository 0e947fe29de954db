package import Foundation
package import InferenceEngine

/// The file in which a fathom that is run tells what its replies cost: its `--summary`.
package struct ReplySummaries {
    /// The program that writes it, for errors.
    package let program: String
    package let url: URL

    package init(of program: String, in folder: URL) {
        self.program = program
        url = folder.appending(path: "\(UUID().uuidString).jsonl")
    }

    /// What the program is given to write it.
    package var arguments: [String] { ["--summary", url.path] }

    /// All replies up to now; a line being written is not there yet.
    ///
    /// - Throws: `BenchmarkError.answer` where a line is no summary of a reply that took time.
    package func read() throws(BenchmarkError) -> [ReplySummary] {
        let data = FileManager.default.contents(atPath: url.path) ?? Data()
        guard let end = data.lastIndex(of: UInt8(ascii: "\n")) else { return [] }
        var summaries: [ReplySummary] = []
        for line in data[..<end].split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            guard let summary = try? JSONDecoder().decode(ReplySummary.self, from: line),
                summary.statistics.generatedTokens > 0, summary.statistics.generationSeconds > 0
            else {
                throw .answer(program: program, reason: "wrote a summary of its reply that is none")
            }
            summaries.append(summary)
        }
        return summaries
    }
}
