import GGUF
import MoDModel
import ModelWorkshop
import TestSupport
import Testing

@Suite("Calibration of a thin path")
struct GradedCalibrationTests {
    private static let blocks = [1, 3, 4, 6]
    private let bench: Workbench
    private let uncalibrated: MoDModel
    private let corpus: ChatCorpus

    /// A model as a conversion makes it before its thresholds are known, with routers that tell tokens apart.
    init() throws {
        bench = try Workbench()
        let dense = try bench.model(Workbench.dense)
        var random = SeededGenerator(seed: 3)
        let routers = Self.blocks.map { _ in
            Router(weights: (0..<64).map { _ in Float.random(in: -1...1, using: &random) }, bias: 0)
        }
        var file = ModelFile(dense: dense, blocks: Self.blocks, routers: routers, anchorTokens: 4)
        file.thinPath = ModelFile.ThinPath(length: 32, orders: Self.blocks.map { _ in Array(0..<96) })
        try file.write(to: bench.path("uncalibrated.gguf"), shardLimit: nil)
        uncalibrated = try MoDModel(contentsOf: bench.path("uncalibrated.gguf"))
        corpus = uncalibrated.corpus(texts: 4, length: 150)
    }

    private func calibrated(_ model: MoDModel, at path: String) throws -> MoDModel {
        let table = try ThresholdCalibration(model: model, corpus: corpus, threads: 1).table { _ in }
        let path = bench.path(path)
        _ = try Recalibration(model: model, table: table, defaultCapacity: nil)
            .write(to: path, shardLimit: nil)
        return try MoDModel(contentsOf: path)
    }

    @Test(
        "The corpus realises every capacity, in full and thin as the mix asks; and again from the file's shares"
    )
    func realised() throws {
        let once = try calibrated(uncalibrated, at: "once.gguf")
        for model in [once, try calibrated(once, at: "twice.gguf")] {
            let thinWork = model.description.weights.thinWork
            let session = try model.session()
            session.policy = .table
            for step in 0...16 {
                session.capacity = try #require(Capacity(Double(step) / 16))
                let routings = try corpus.sequences.flatMap { try session.run($0).routings.dropFirst(4) }
                func share(_ counts: (Grade) -> Bool) -> Double {
                    let grades = routings.flatMap { routing in Self.blocks.map { routing.grades[$0] } }
                    return Double(grades.count(where: counts)) / Double(grades.count)
                }
                let mix = GradeMix.shares(at: Double(step) / 16, thinWork: thinWork)
                let (full, processed) = (share { $0 == .full }, share { $0 > .bypassed })
                let bound = step == 0 || step == 16 ? 0 : 0.015
                #expect((full - Double(mix.full)).magnitude <= bound, "\(full) at \(step)/16")
                #expect((processed - Double(mix.processed)).magnitude <= bound, "\(processed) at \(step)/16")
                let work = full + thinWork * (processed - full)
                #expect((work - Double(step) / 16).magnitude <= bound, "\(work) at \(step)/16")
            }
        }
    }

    @Test("A mix comes to its capacity, and neither share falls", arguments: [0.3, 0.625, 0.9])
    func mixes(thinWork: Double) {
        var last: (full: Float, processed: Float) = (0, 0)
        for step in 0...64 {
            let capacity = Double(step) / 64
            let mix = GradeMix.shares(at: capacity, thinWork: thinWork)
            let work = Double(mix.full) + thinWork * Double(mix.processed - mix.full)
            #expect((work - capacity).magnitude < 1e-6)
            #expect(mix.full <= mix.processed && mix.processed <= 1)
            #expect(mix.full >= last.full && mix.processed >= last.processed)
            last = mix
        }
        #expect(last == (1, 1) && GradeMix.shares(at: 0, thinWork: thinWork) == (0, 0))
    }

    @Test("Without a thin path a mix is the capacity itself")
    func noThinPath() {
        #expect(GradeMix.shares(at: 0.3, thinWork: 1) == (0.3, 0.3))
    }

    @Test("Thresholds for shares of all blocks together")
    func together() throws {
        let calibration = try ThresholdCalibration(model: uncalibrated, corpus: corpus, threads: 1)
        let mixes: [(full: Float, processed: Float)] = [(0.75, 0.75), (0.25, 0.875), (0.5, 1)]
        for shares in mixes {
            let session = try uncalibrated.session()
            let thresholds = try calibration.thresholds(giving: shares)
            session.policy = .thresholds(Self.blocks.map { _ in thresholds })
            let grades = try corpus.sequences.flatMap { sequence in
                try session.run(sequence).routings.dropFirst(4).flatMap { routing in
                    Self.blocks.map { routing.grades[$0] }
                }
            }
            let full = Float(grades.count { $0 == .full }) / Float(grades.count)
            let processed = Float(grades.count { $0 > .bypassed }) / Float(grades.count)
            #expect((full - shares.full).magnitude < 0.015, "\(full) for \(shares.full)")
            #expect((processed - shares.processed).magnitude < 0.015, "\(processed) for \(shares.processed)")
        }
    }
}
