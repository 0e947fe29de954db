import Foundation
import GGUF
import MoDModel
import ModelWorkshop
import TestSupport
import Testing

@Suite("Tuning routers")
struct RouterTuningTests {
    let bench: Workbench

    init() throws {
        bench = try Workbench()
    }

    /// A dense model that gets no thin path, with weights of its own for each seed.
    private func dense(seed: UInt64) throws -> MoDModel {
        var shape = Workbench.dense
        shape.seed = seed
        // Too short to be parted.
        shape.feedForwardLength = 32
        return try bench.model(shape)
    }

    /// A clock that a second passes on whenever it is looked at.
    private func clock() -> () -> Double {
        var now = 17.0
        return {
            now += 1
            return now
        }
    }

    private func converter(
        _ dense: MoDModel, seconds: Double?, texts: Int = 8
    ) throws -> ModelConverter {
        var converter = try ModelConverter(
            dense: dense, corpus: dense.corpus(texts: texts, length: 120), threads: 1, tuningSeconds: seconds)
        converter.clock = clock()
        return converter
    }

    private func write(
        _ converter: ModelConverter, _ name: String, keepsState: Bool = false,
        progress: (ModelConverter.Stage) -> Void = { _ in }
    ) throws -> MoDModel {
        try MoDModel(
            contentsOf: converter.write(
                to: bench.path(name), name: nil, defaultCapacity: .dense, shardLimit: nil,
                keepsState: keepsState, progress: progress)[0])
    }

    private func routers(of model: MoDModel) throws -> [[Float]] {
        try model.description.routedBlocks.flatMap { block in
            try ["in.weight", "in.bias"].map {
                try model.file.tensor("blk.\(block).depth_router.\($0)").floats()
            }
        }
    }

    @Test("What is kept is never worse on text that tuning has not seen", arguments: UInt64(1)...4)
    func neverWorse(seed: UInt64) throws {
        let dense = try dense(seed: seed)
        var trials: [TuningTrial] = []
        let tuned = try write(converter(dense, seconds: 40), "tuned.gguf") {
            if case .triedTuning(let trial) = $0 { trials.append(trial) }
        }
        let before = try write(converter(dense, seconds: nil), "before.gguf")
        try #require(trials.count == 1)
        let corpus = ModelConverter.parts(of: dense.corpus(texts: 8, length: 120)).thresholds
        let found = try TuningTrial(tuned: tuned, before: before, corpus: corpus, threads: 1)
        #expect(zip(found.divergences, found.divergencesBefore).allSatisfy { $0 <= $1 }, "\(found)")
        #expect(trials[0].tokens == found.tokens && found.tokens > 0)
        #expect(trials[0].divergencesBefore == found.divergencesBefore)
        if trials[0].isWorthwhile {
            #expect(trials[0].divergences == found.divergences)
            #expect(try routers(of: tuned) != routers(of: before))
        } else {
            #expect(try routers(of: tuned) == routers(of: before))
        }
    }

    @Test("Scores that are wrong for whole blocks are put right")
    func improves() throws {
        let dense = try dense(seed: 2)
        let blocks = [2, 3, 4, 5]
        let corpus = dense.corpus(texts: 12, length: 120)
        let fitted = try RouterFit(model: dense, blocks: blocks).fit(corpus, threads: 1) { _ in }
        let path = bench.path("model.gguf")
        try ModelFile(dense: dense, blocks: blocks, routers: fitted, anchorTokens: 2)
            .write(to: path, shardLimit: nil)
        let plain = try MoDModel(contentsOf: path)
        let costs = try BypassCosts(model: plain, corpus: corpus, threads: 1) { _ in }.factors
        let spoiled = fitted.indices.map { index in
            fitted[index].raised(by: log(costs[index]) + (index.isMultiple(of: 2) ? 1.5 : -1.5))
        }
        let model = try plain.withRouters(spoiled)
        let tuning = RouterTuning(model: model, corpus: corpus, threads: 1)
        var steps = 0
        let found = try tuning.run(from: tuning.begin(with: spoiled), seconds: 150, clock: clock()) {
            (state, _) throws(WorkshopError) in
            if state != nil { steps += 1 }
        }
        #expect(steps > 3 && found.texts == 150 && found.seconds == 150)
        let trial = try TuningTrial(
            tuned: model.withRouters(found.routers), before: model,
            corpus: dense.corpus(texts: 8, length: 120, seed: 99), threads: 1)
        #expect(trial.isWorthwhile, "\(trial)")
        #expect(trial.divergences[1] < 0.95 * trial.divergencesBefore[1], "\(trial)")
    }

    @Test("It takes the time it is given, no more, and says how much is over")
    func budget() throws {
        var shares: [Double] = []
        var others = 0
        _ = try write(converter(dense(seed: 1), seconds: 25), "mod.gguf") {
            switch $0 {
            case .tuning(let share): shares.append(share)
            case .triedTuning: others += 1
            default: break
            }
        }
        // One at the beginning, then one a text, which takes a second.
        #expect(shares == (0...25).map { Double($0) / 25 } && others == 1)
    }

    @Test("It goes on where it was, and the model is the same to the last bit")
    func resumes() throws {
        let dense = try dense(seed: 3)
        var states: [Data] = []
        let path = bench.path("whole.gguf")
        _ = try write(converter(dense, seconds: 60), "whole.gguf", keepsState: true) { stage in
            guard case .tuning = stage,
                let data = FileManager.default.contents(atPath: ModelConverter.statePath(for: path))
            else { return }
            if data != states.last { states.append(data) }
        }
        // Before the first step, after each of those that 60 texts of 116 tokens come to, and after the last.
        #expect(states.count >= 4)
        let expected = try Data(contentsOf: URL(filePath: path))
        for (index, state) in states.enumerated() {
            let name = "resumed-\(index).gguf"
            try state.write(to: URL(filePath: ModelConverter.statePath(for: bench.path(name))))
            var first: Double?
            _ = try write(converter(dense, seconds: 60), name, keepsState: true) {
                if case .tuning(let share) = $0, first == nil { first = share }
            }
            #expect(index == 0 || first.map { $0 > 0 } == true)
            #expect(try Data(contentsOf: URL(filePath: bench.path(name))) == expected, "from state \(index)")
        }
    }

    @Test("What a conversion has calibrated before it was to be tuned is not used")
    func later() throws {
        let dense = try dense(seed: 3)
        var state: Data?
        let path = bench.path("mod.gguf")
        _ = try write(converter(dense, seconds: nil), "mod.gguf", keepsState: true) { _ in
            state = FileManager.default.contents(atPath: ModelConverter.statePath(for: path)) ?? state
        }
        let whole = try write(converter(dense, seconds: 20), "whole.gguf")
        try #require(state).write(to: URL(filePath: ModelConverter.statePath(for: path)))
        let later = try write(converter(dense, seconds: 20), "mod.gguf", keepsState: true)
        #expect(try routers(of: later) == routers(of: whole) && later.thresholds == whole.thresholds)
    }

    @Test("Runs without noise do not differ; with noise some blocks do, and what they are worth is seen")
    func mirrored() throws {
        let dense = try dense(seed: 1)
        let blocks = [2, 3, 4, 5]
        let corpus = dense.corpus(texts: 2, length: 100)
        let routers = try RouterFit(model: dense, blocks: blocks).fit(corpus, threads: 1) { _ in }
        let path = bench.path("model.gguf")
        try ModelFile(dense: dense, blocks: blocks, routers: routers, anchorTokens: 2)
            .write(to: path, shardLimit: nil)
        let model = try MoDModel(contentsOf: path)
        let runs = try MirroredRuns(model: model, contextLength: 100, threads: 1)
        let threshold = try ThresholdCalibration(model: model, corpus: corpus, threads: 1)
            .thresholds(giving: (0.75, 0.75))
        func tokens(_ size: Float) throws -> [MirroredRuns.Token] {
            try runs.run(corpus.chats[0], thresholds: threshold, size: size, seed: 5, firstToken: 10)
        }
        let still = try tokens(0)
        #expect(still.count == 89)
        #expect(still.allSatisfy { $0.difference == 0 && $0.moreWork.allSatisfy { $0 == 0 } })
        let moved = try tokens(1)
        let (mirror, again) = (try tokens(-1), try tokens(1))
        #expect(moved.map(\.difference) == again.map(\.difference))
        #expect(zip(moved, mirror).allSatisfy { $0.difference == -$1.difference })
        let work = moved.flatMap(\.moreWork)
        #expect(work.contains(1) && work.contains(-1) && work.contains(0))
        // Where one run did more work, its prediction is nearer as a rule.
        let sum = moved.reduce(0) { $0 + $1.difference * $1.moreWork.reduce(0, +) }
        #expect(sum < 0, "\(sum)")
    }
}

@Suite("What scores are wrong by")
struct CostCorrectionTests {
    /// Tokens of three blocks whose costs are e^score · (1 + a + b · (score + 3)), with noise; the third is never
    /// decided otherwise.
    private func tokens(_ factors: [(a: Double, b: Double)], count: Int) -> [MirroredRuns.Token] {
        var random = SeededGenerator(seed: 3)
        return (0..<count).map { _ in
            let scores = factors.map { _ in Float.random(in: -4 ... -2, using: &random) }
            var more = factors.map { _ in Double(Int.random(in: -1...1, using: &random)) }
            more[2] = 0
            var difference = Double.random(in: -0.05...0.05, using: &random)
            for (block, factor) in factors.enumerated() {
                let score = Double(scores[block])
                difference -= more[block] * exp(score) * (1 + factor.a + factor.b * (score + 3))
            }
            return MirroredRuns.Token(difference: difference, scores: scores, moreWork: more)
        }
    }

    @Test("It is found beside what all have in common, and what nothing tells of stays as it is")
    func found() {
        var correction = CostCorrection(blocks: 3, capacities: 1, middle: -3)
        #expect(correction.changes().allSatisfy { $0 == .init(offset: 0, slope: 0) })
        for token in tokens([(0.3, -0.2), (-0.4, 0.1), (0.5, 0.5)], count: 4000) {
            correction.add([token], capacity: 0)
        }
        let found = correction.changes()
        let ratio = (1 + found[0].offset) / (1 + found[1].offset)
        #expect((ratio - 1.3 / 0.6).magnitude < 0.2, "\(found)")
        #expect(found[0].slope < -0.1 && found[1].slope > 0, "\(found)")
        #expect(found[2] == .init(offset: 0, slope: 0))
        correction.note(found)
        #expect(correction.changes().allSatisfy { $0.offset.magnitude < 0.01 && $0.slope.magnitude < 0.01 })
    }

    @Test("A capacity whose tokens cannot be predicted counts little")
    func weights() {
        var correction = CostCorrection(blocks: 3, capacities: 2, middle: -3)
        for token in tokens([(0.3, 0), (-0.3, 0), (0, 0)], count: 2000) {
            correction.add([token], capacity: 0)
        }
        let before = correction.changes()
        for (index, token) in tokens([(-0.3, 0), (0.3, 0), (0, 0)], count: 2000).enumerated() {
            var token = token
            token.difference += index.isMultiple(of: 2) ? 2 : -2
            correction.add([token], capacity: 1)
        }
        let after = correction.changes()
        #expect(
            zip(before, after).allSatisfy { ($0.offset - $1.offset).magnitude < 0.1 }, "\(before) \(after)")
    }

    @Test("Few tokens move little, and numbers that are none nothing")
    func careful() {
        var correction = CostCorrection(blocks: 3, capacities: 1, middle: -3)
        let few = tokens([(0.3, -0.2), (-0.4, 0.1), (0.5, 0.5)], count: 3)
        for token in few { correction.add([token], capacity: 0) }
        #expect(correction.changes().allSatisfy { $0.offset.magnitude < 0.4 && $0.slope.magnitude < 0.4 })
        let before = correction
        correction.add([.init(difference: .nan, scores: [0, 0, 0], moreWork: [1, 0, 0])], capacity: 0)
        correction.add([.init(difference: 0, scores: [.infinity, 0, 0], moreWork: [1, 0, 0])], capacity: 0)
        #expect(correction == before)
    }
}
