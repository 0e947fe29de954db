import Foundation
import GGUF
import MoDModel
import TestSupport
import Testing

/// Files in which single bytes are others: as disks, cables and attackers make them.
@Suite("Mutated models")
struct MutationTests {
    private static let rounds =
        ProcessInfo.processInfo.environment["FATHOM_TORTURE_MINUTES"] == nil ? 500 : 10_000

    /// Whatever the header says, the file is refused by an error that names it or its part, or runs.
    @Test("A header with other bytes is refused in a line, or makes a model that runs", arguments: 0..<4)
    func headers(part: Int) throws {
        var shape = [
            Variant.integrated.shape, TinyModel(), Variant(gate: .hard, kv: .all, family: .qwen2MoE).shape,
        ][part % 3]
        shape.blockCount = 3
        let directory = try TemporaryDirectory()
        let sound = try Data(contentsOf: URL(filePath: try shape.write(into: directory.url)))
        let header =
            sound.count
            - (try GGUFFile(path: try shape.write(into: directory.url)).tensors.reduce(0) {
                $0 + $1.bytes.count
            })
        let path = directory.url.appending(path: "mutated.gguf").path
        var random = SeededGenerator(seed: UInt64(part))
        var refused = 0
        for round in 0..<Self.rounds / 4 {
            var bytes = sound
            for _ in 0...Int.random(in: 0..<3, using: &random) {
                let place = Int.random(in: 0..<header, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
                case 2:
                    // A count or an offset near 2⁶³.
                    let end = min(place + 8, header)
                    for index in place..<end { bytes[index] = index == end - 1 ? 0x7F : 0xFF }
                default: bytes[place] = 0
                }
            }
            if round % 5 == 4 { bytes = bytes.prefix(Int.random(in: 0..<bytes.count, using: &random)) }
            try bytes.write(to: URL(filePath: path))
            guard let text = refusal(of: path) else { continue }
            refused += 1
            #expect(!text.isEmpty && text.utf8.count < 2000)
        }
        #expect(refused > Self.rounds / 20)
    }

    @Test(
        "Scales of weights that are no numbers, or infinite, give no token a probability",
        arguments: [0x7C00, 0xFC00, 0x7E00])
    func scales(bits: Int) throws {
        let directory = try TemporaryDirectory()
        let path = try TinyModel().write(into: directory.url)
        let file = try GGUFFile(path: path)
        var bytes = try Data(contentsOf: URL(filePath: path))
        let tensor = try file.tensor("blk.1.attn_v.weight")
        // Where the tensor's bytes are in the file.
        let needle = Data(tensor.bytes.prefix(64))
        let place = try #require(bytes.range(of: needle)?.lowerBound)
        bytes[place] = UInt8(bits & 255)
        bytes[place + 1] = UInt8(bits >> 8)
        try bytes.write(to: URL(filePath: path))
        if let text = refusal(of: path) { #expect(text.contains("blk.1.attn_v.weight")) }
    }

    /// What the error says with which a model is refused; nil where it runs. A logit is a number then.
    private func refusal(of path: String) -> String? {
        do throws(ModelError) {
            let model = try MoDModel(contentsOf: path)
            let session = try ModelSession(model: model, contextLength: 16, threadCount: 1, chunkLength: 8)
            try session.forward([1, 2, 3], logits: .last)
            let isSound = session.withLogits(row: 0) { logits in logits.allSatisfy { !$0.isNaN } }
            #expect(isSound)
            return nil
        } catch {
            return "\(error)"
        }
    }
}
