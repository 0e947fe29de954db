import GGUF
import MoDModel
import ModelWorkshop
import TestSupport
import Testing

@Suite("Shares of a capacity")
struct CapacitySharesTests {
    private static var shape: TinyModel {
        var shape = TinyModel()
        shape.blockCount = 6
        shape.routedBlocks = [1, 2, 4]
        shape.anchorTokens = 30
        shape.gridSteps = 16
        return shape
    }

    /// The model with a share row a block; nil leaves a block without.
    private func model(_ rows: [[Float]?], in bench: Workbench) throws -> MoDModel {
        var writer = try Self.shape.writer()
        for (block, row) in zip(Self.shape.routedBlocks, rows) {
            guard let row else { continue }
            try writer.add(name: "blk.\(block).depth_router.share", shape: [row.count], floats: row)
        }
        let path = bench.path("shares.gguf")
        _ = try writer.write(to: path, shardLimit: nil)
        return try MoDModel(contentsOf: path)
    }

    private static func line(_ slope: Float) -> [Float] { (0...16).map { min(Float($0) / 16 * slope, 1) } }

    @Test("Each block processes its own share, none or all where its file says so")
    func kept() throws {
        let bench = try Workbench()
        // Late: nothing up to a half. Early: everything from a half up.
        let rows = [Self.line(2), (0...16).map { max(Float($0) / 8 - 1, 0) }, Self.line(1)]
        let model = try model(rows, in: bench)
        let corpus = model.corpus(texts: 4, length: 150)
        let table = try ThresholdCalibration(model: model, corpus: corpus, threads: 1).table { _ in }
        let path = bench.path("calibrated.gguf")
        _ = try Recalibration(model: model, table: table, defaultCapacity: nil)
            .write(to: path, shardLimit: nil)
        let session = try MoDModel(contentsOf: path).session()
        session.policy = .table
        for step in [2, 4, 8, 10, 12, 15] {
            session.capacity = try #require(Capacity(Double(step) / 16))
            var processed = [0, 0, 0]
            var all = 0
            for sequence in corpus.sequences {
                for routing in try session.run(sequence).routings.dropFirst(Self.shape.anchorTokens) {
                    for (place, block) in Self.shape.routedBlocks.enumerated()
                    where routing.grades[block] == .full {
                        processed[place] += 1
                    }
                    all += 1
                }
            }
            for (row, count) in zip(rows, processed) {
                let realised = Float(count) / Float(all)
                let bound: Float = [0, 1].contains(row[step]) ? 0 : 0.02
                #expect(
                    (realised - row[step]).magnitude <= bound, "\(realised) for \(row[step]) at \(step)/16")
            }
        }
        // Between two points of the grid, too, about what lies between their shares.
        session.capacity = try #require(Capacity(31.0 / 32))
        let last = try corpus.sequences.flatMap {
            try session.run($0).routings.dropFirst(Self.shape.anchorTokens)
        }
        let realised = Float(last.count { $0.grades[4] == .full }) / Float(last.count)
        #expect((31.0 / 32 - 0.02...31.0 / 32 + 0.02).contains(realised), "\(realised) at 31/32")
        // And it can be calibrated again.
        let again = try MoDModel(contentsOf: path)
        #expect(try ThresholdCalibration(model: again, corpus: corpus, threads: 1).table { _ in } == table)
    }

    @Test(
        "What is no share is refused by name",
        arguments: [
            [0, 1], Array(repeating: 2, count: 17), Array(repeating: .nan, count: 17), line(1).reversed(),
        ] as [[Float]])
    func damaged(row: [Float]) throws {
        let bench = try Workbench()
        let error = try #require(throws: ModelError.self) {
            try model([Self.line(1), row, Self.line(1)], in: bench)
        }
        #expect("\(error)".contains("blk.2.depth_router.share"))
    }

    @Test("A block without shares beside others that have them is refused by name")
    func missing() throws {
        let model = try model([Self.line(1), nil, Self.line(1)], in: Workbench())
        let error = try #require(throws: WorkshopError.self) {
            try ThresholdCalibration(model: model, corpus: model.corpus(texts: 1, length: 9), threads: 1)
        }
        #expect("\(error)".contains("blk.2.depth_router.share"))
    }
}
