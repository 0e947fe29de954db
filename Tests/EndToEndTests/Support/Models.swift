import Foundation
import GGUF
import TestSupport

extension Home {
    /// A small random model for commands: fast, and its replies are gibberish.
    func model(_ change: (inout TinyModel) -> Void = { _ in }) throws -> String {
        var model = TinyModel()
        model.contextLength = 1024
        change(&model)
        return try model.write(into: folder)
    }

    /// A random model for the chat, named “Tiny”: large enough that a reply takes its time, and at temperature 0
    /// it never ends one by itself. It says the given bytes and no others.
    func talker(
        saying alphabet: some Collection<UInt8> = Talker.letters, thinLength: Int? = nil
    ) throws -> String {
        var model = TinyModel()
        model.blockCount = Talker.blocks
        model.routedBlocks = Array(Talker.routed)
        model.contextLength = 8192
        model.embeddingLength = 256
        model.headCount = 8
        model.kvHeadCount = 2
        model.feedForwardLength = 768
        model.thinLength = thinLength
        var writer = try model.writer()
        // An output matrix of its own: a row of zeros gives a logit that is never the largest.
        var random = SeededGenerator(seed: 7)
        var rows = [[Float]](
            repeating: [Float](repeating: 0, count: model.embeddingLength), count: model.vocabularySize)
        for byte in alphabet {
            let token = TinyModel.controlTokens.count + Int(byte)
            rows[token] = rows[token].map { _ in Float.random(in: -0.4...0.4, using: &random) }
        }
        try writer.add(
            name: "output.weight", shape: [model.embeddingLength, model.vocabularySize],
            floats: Array(rows.joined()))
        let path = path("talker.gguf")
        try writer.write(to: path)
        return path
    }
}

/// What is known of the talkative model.
enum Talker {
    static let blocks = 24
    static let routed = 2..<22
    /// Lower-case letters and the space.
    static let letters = Array(UInt8(ascii: "a")...UInt8(ascii: "z")) + [UInt8(ascii: " ")]
    /// What terminals obey: ENQ, BEL, SO, ESC and what begins or ends sequences.
    static let controls: [UInt8] = [0x05, 0x07, 0x0E, 0x1B] + Array("[]0;2mc".utf8)
}

/// The real model, where there is one: what FATHOM_TEST_MODEL names, or the first in assets/models or .model.
enum RealModel {
    static let path: String? = {
        if let named = ProcessInfo.processInfo.environment["FATHOM_TEST_MODEL"], !named.isEmpty {
            return named
        }
        let repository = (0..<4).reduce(URL(filePath: #filePath)) { url, _ in url.deletingLastPathComponent()
        }
        return ["assets/models", ".model"].lazy.compactMap { first(in: repository.appending(path: $0)) }.first
    }()

    /// Of a split model the first shard, which stands for all of it.
    private static func first(in folder: URL) -> String? {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        let first = names.sorted().first {
            $0.hasSuffix(".gguf") && !$0.hasPrefix(".") && (!$0.contains("-of-") || $0.contains("-00001-of-"))
        }
        return first.map { folder.appending(path: $0).path }
    }
}
