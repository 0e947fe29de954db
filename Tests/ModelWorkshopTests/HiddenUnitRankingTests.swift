import Foundation
import GGUF
import MoDModel
import ModelWorkshop
import TestSupport
import Testing

@Suite("Ranking hidden units")
struct HiddenUnitRankingTests {
    private static let blocks = [0, 5]

    @Test("By mean |activation| × the norm of the column of down, as computed from the definition")
    func definition() throws {
        let bench = try Workbench()
        let dense = try bench.model(Workbench.dense)
        let corpus = dense.corpus(texts: 3, length: 100)
        let orders = try HiddenUnitRanking(model: dense, blocks: Self.blocks).orders(over: corpus, threads: 2)
        for (block, order) in zip(Self.blocks, orders) {
            #expect(order.sorted() == Array(0..<96))
            let worth = try worth(block: block, of: dense, over: corpus, on: bench)
            for (unit, next) in zip(order, order.dropFirst()) {
                // Activations are rounded to 16 bits on their way.
                #expect(worth[next] < worth[unit] * 1.002, "\(unit) before \(next) in block \(block)")
            }
        }
    }

    /// In double precision, from what the block has made of the residual before the feed-forward: all it does where
    /// `down` is zero.
    private func worth(
        block: Int, of dense: MoDModel, over corpus: ChatCorpus, on bench: Workbench
    ) throws -> [Double] {
        let silent = try bench.model(Workbench.dense) { name, floats in
            if name == "blk.\(block).ffn_down.weight" { floats = floats.map { _ in 0 } }
        }
        func weight(_ name: String) throws -> [Double] {
            try dense.file.tensor("blk.\(block).\(name).weight").floats().map(Double.init)
        }
        let (gate, up, down) = try (weight("ffn_gate"), weight("ffn_up"), weight("ffn_down"))
        let norm = try weight("ffn_norm")
        var sums = [Double](repeating: 0, count: 96)
        let session = try silent.session(chunkLength: 100)
        session.blockObserver = { seen, _, after in
            guard seen == block else { return }
            for token in ModelConverter.anchorTokens..<100 {
                let x = (0..<64).map { Double(after[token * 64 + $0]) }
                let root = (x.reduce(0) { $0 + $1 * $1 } / 64 + 1e-5).squareRoot()
                let input = zip(x, norm).map { $0 / root * $1 }
                for unit in 0..<96 {
                    func product(_ matrix: [Double]) -> Double {
                        zip(matrix[unit * 64..<(unit + 1) * 64], input).reduce(0) { $0 + $1.0 * $1.1 }
                    }
                    let z = product(gate)
                    sums[unit] += (z / (1 + exp(-z)) * product(up)).magnitude
                }
            }
        }
        for sequence in corpus.sequences {
            session.truncate(to: 0)
            try session.forward(sequence[...], logits: .none)
        }
        return sums.enumerated().map { unit, sum in
            let column = stride(from: unit, to: down.count, by: 96).map { down[$0] }
            return sum * column.reduce(0) { $0 + $1 * $1 }.squareRoot()
        }
    }

    @Test("Sorted are rows of gate and up and columns of down, and nothing else", arguments: [true, false])
    func sorted(isInt8: Bool) throws {
        let bench = try Workbench()
        var dense = try bench.model(Workbench.dense)
        if !isInt8 { dense = try wide(dense, at: bench.path("wide.gguf")) }
        let order = (0..<96).map { $0 * 5 % 96 }
        let routers = [Router(weights: Array(repeating: 0.1, count: 64), bias: 0)]
        func written(_ thinPath: ModelFile.ThinPath?) throws -> GGUFFile {
            var file = ModelFile(dense: dense, blocks: [3], routers: routers, anchorTokens: 4)
            file.thinPath = thinPath
            let path = bench.path("\(UUID().uuidString).gguf")
            try file.write(to: path, shardLimit: nil)
            return try GGUFFile(path: path)
        }
        let plain = try written(nil)
        let sorted = try written(ModelFile.ThinPath(length: 64, orders: [order]))
        #expect(try sorted.value("mod-llama.routing.thin_width", as: Float.self) == Float(64) / 96)
        for tensor in plain.tensors {
            let copy = try sorted.tensor(tensor.name)
            #expect(copy.type == tensor.type && copy.shape == tensor.shape)
            let (before, after) = (try tensor.floats(), try copy.floats())
            switch tensor.name {
            case "blk.3.ffn_gate.weight", "blk.3.ffn_up.weight":
                #expect(after == order.flatMap { before[$0 * 64..<($0 + 1) * 64] }, "\(tensor.name)")
            case "blk.3.ffn_down.weight":
                let expected = (0..<64).flatMap { row in order.map { before[row * 96 + $0] } }
                let largest = before.reduce(0) { max($0, $1.magnitude) }
                #expect(zip(after, expected).allSatisfy { ($0 - $1).magnitude <= largest / 127 })
                #expect(after != before)
            default:
                #expect(copy.bytes.elementsEqual(tensor.bytes), "\(tensor.name)")
            }
        }
    }

    /// The same in 32-bit floats.
    private func wide(_ model: MoDModel, at path: String) throws -> MoDModel {
        var writer = GGUFWriter(metadata: model.file.metadata)
        for tensor in model.file.tensors {
            try writer.add(name: tensor.name, shape: tensor.shape, floats: tensor.floats())
        }
        try writer.write(to: path)
        return try MoDModel(contentsOf: path)
    }
}
