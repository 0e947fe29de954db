import Foundation
import GGUF
import MoDModel
import TestSupport
import Testing

/// Models of each family against llama.cpp: Fixtures/families, made by Fixtures/make_families.py.
@Suite("Against llama.cpp")
struct LlamaCppTests {
    /// Nats a token, which is what rounding keys and values to int8 costs.
    static let bound = 1e-4

    static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(
        path: "Fixtures/families")
    static let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).sorted()

    @Test("Every family, and every way to scale rotary angles, is among the cases")
    func cases() throws {
        let models = try Self.names.map { try model($0).configuration }
        #expect(Set(models.map(\.family)) == Set(ModelFamily.all))
        func has(_ isWanted: (RopeScaling) -> Bool) -> Bool { models.contains { isWanted($0.ropeScaling) } }
        #expect(models.contains { $0.family == .llama && $0.experts != nil })
        #expect(has { $0 == .none })
        #expect(has { if case .linear = $0 { true } else { false } })
        #expect(has { if case .yarn = $0 { true } else { false } })
    }

    @Test("It says the same", arguments: names)
    func agreement(name: String) throws {
        let model = try model(name)
        let tokens: [Int32] = try model.file.value("general.reference.tokens")
        let expected: [Float] = try model.file.value("general.reference.logits")
        let record = try model.session().feed(tokens, chunks: [7])
        let vocabulary = model.configuration.vocabularySize
        try #require(expected.count == tokens.count * vocabulary)
        let divergence =
            record.logits.enumerated().reduce(0) { sum, entry in
                let p = logarithms(expected[entry.offset * vocabulary..<(entry.offset + 1) * vocabulary])
                let q = logarithms(entry.element[...])
                return sum + zip(p, q).reduce(0) { $0 + exp($1.0) * ($1.0 - $1.1) }
            } / Double(tokens.count)
        #expect(divergence <= Self.bound, "\(divergence) nats")
    }

    /// Of the probabilities that logits give.
    private func logarithms(_ logits: ArraySlice<Float>) -> [Double] {
        let logits = logits.map(Double.init)
        let total = log(logits.reduce(0) { $0 + exp($1) })
        return logits.map { $0 - total }
    }

    /// The model of a case, its matrices drawn anew.
    private func model(_ name: String) throws -> MoDModel {
        let file = try GGUFFile(path: Self.folder.appending(path: name).path)
        let case_ = try file.string("general.name")
        let matrices = try file.strings("general.reference.matrices")
        let rows: [Int] = try file.value("general.reference.rows")
        let columns: [Int] = try file.value("general.reference.columns")
        let spreads: [Double] = try file.value("general.reference.spreads")
        let experts: Int =
            try file.valueIfPresent("\(file.string("general.architecture")).expert_count") ?? 1
        var writer = GGUFWriter(metadata: file.metadata)
        for tensor in file.tensors { try writer.add(tensor) }
        for (index, matrix) in matrices.enumerated() {
            var random = SeededGenerator(seed: hash(case_ + matrix))
            let scale = HalfFloat.bits(Float(spreads[index] / 73))
            var shape = [columns[index], rows[index]]
            if matrix.contains("_exps.") { shape = [shape[0], shape[1] / experts, experts] }
            try writer.add(name: matrix, shape: shape, type: .q8_0) { bytes in
                for start in stride(from: 0, to: bytes.count, by: 34) {
                    bytes.storeBytes(of: scale, toByteOffset: start, as: UInt16.self)
                    for place in stride(from: start + 2, to: start + 34, by: 8) {
                        withUnsafeBytes(of: random.next().littleEndian) { word in
                            for (offset, byte) in word.enumerated() {
                                bytes[place + offset] = byte == 0x80 ? 0x81 : byte
                            }
                        }
                    }
                }
            }
        }
        let directory = try TemporaryDirectory()
        let path = directory.url.appending(path: "model.gguf").path
        try writer.write(to: path)
        return try MoDModel(contentsOf: path)
    }

    /// FNV-1a.
    private func hash(_ text: String) -> UInt64 {
        text.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }
}
