import Foundation
import GGUF
import MoDModel
import Testing

/// The engine against the pass that weights are trained with: Fixtures/thin-path.gguf, made by
/// Fixtures/make_thin_path.py.
@Suite("Against the recipe's forward pass, with a thin path")
struct RecipeTests {
    /// Nats a token. Measured: up to 7·10⁻⁵, which is what rounding costs, that of keys and values to int8 most of all.
    static let bound = 1e-4

    let model: MoDModel
    let tokens: [Int32]

    init() throws {
        let path = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "Fixtures/thin-path.gguf").path
        model = try MoDModel(contentsOf: path)
        tokens = try model.file.value("general.reference.tokens")
    }

    @Test("The same routes, and nearly the same predictions", arguments: [25, 50, 75, 90], [1, 9, 32])
    func agreement(percent: Int, chunk: Int) throws {
        let session = try model.session(capacity: Capacity(Double(percent) / 100))
        let record = try session.feed(tokens, chunks: [chunk])
        let grades: [Int] = try model.file.value("general.reference.\(percent).grades")
        let routes = model.description.routedBlocks.flatMap { block in
            record.routings.map { Int($0.grades[block].rawValue) }
        }
        #expect(routes == grades && grades.contains(1))
        let divergence = try divergence(of: record, percent: percent)
        #expect(divergence <= Self.bound, "\(divergence) nats")
    }

    @Test("Grades matter here: the dense model says something else", arguments: [25, 50, 75, 90])
    func dense(percent: Int) throws {
        let record = try model.session(capacity: .dense).feed(tokens, chunks: [32])
        #expect(try divergence(of: record, percent: percent) > 0.01)
    }

    /// KL(recipe ‖ engine), nats a token.
    private func divergence(of record: Record, percent: Int) throws -> Double {
        let expected: [Float] = try model.file.value("general.reference.\(percent).logits")
        let vocabulary = model.configuration.vocabularySize
        try #require(expected.count == record.logits.count * vocabulary)
        return record.logits.enumerated().reduce(0) { sum, entry in
            let p = logarithms(expected[entry.offset * vocabulary..<(entry.offset + 1) * vocabulary])
            let q = logarithms(entry.element[...])
            return sum + zip(p, q).reduce(0) { $0 + exp($1.0) * ($1.0 - $1.1) }
        } / Double(record.logits.count)
    }

    /// Of the probabilities that logits give.
    private func logarithms(_ logits: ArraySlice<Float>) -> [Double] {
        let logits = logits.map(Double.init)
        let total = log(logits.reduce(0) { $0 + exp($1) })
        return logits.map { $0 - total }
    }
}
