import Foundation
package import MoDModel

/// Improves routers by what the int8 engine makes of them: what bypassing costs is measured where that is decided, near
/// the thresholds, by mirrored random changes, and each router's scores are corrected by it, step by step.
///
/// One pair of thresholds holds for all blocks, and is moved with the scores so that the work stays what the capacities
/// ask for.
package struct RouterTuning {
    /// Thresholds are moved by up to so much: some tokens then go the other way. Scores are logarithms of
    /// what bypassing costs.
    private static let noise: Float = 0.5
    /// Tokens after which routers are corrected.
    private static let stepTokens = 2000

    private let model: MoDModel
    private let corpus: ChatCorpus
    private let threads: Int?

    /// What is found, to go on from: what there is after a step.
    package struct State: Sendable, Hashable {
        /// The routers so far.
        package var routers: [Router]
        /// What texts have told.
        package var correction: CostCorrection
        /// The thresholds at each of the capacities.
        package var thresholds: [Thresholds]
        /// Texts that were run.
        package var texts = 0
        /// Seconds that it took.
        package var seconds = 0.0
    }

    /// Prepares to tune the routers of a model on a corpus, which is not the one that tells whether it helped.
    package init(model: MoDModel, corpus: ChatCorpus, threads: Int?) {
        self.model = model
        self.corpus = corpus
        self.threads = threads
    }

    /// Where tuning begins: the model's own routers, and thresholds by their scores.
    ///
    /// - Throws: `WorkshopError.model` for a token that is not in the vocabulary.
    package func begin(with routers: [Router]) throws(WorkshopError) -> State {
        let calibration = try ThresholdCalibration(
            model: model, corpus: corpus.parts(ofTokens: [Self.stepTokens])[0], threads: threads)
        var thresholds: [Thresholds] = []
        for capacity in TuningTrial.capacities {
            thresholds.append(try calibration.thresholds(giving: shares(at: capacity)))
        }
        let middle = thresholds.reduce(0) { $0 + $1.full } / Float(thresholds.count)
        return State(
            routers: routers,
            correction: CostCorrection(
                blocks: routers.count, capacities: thresholds.count, middle: middle),
            thresholds: thresholds)
    }

    /// Takes steps until a number of seconds is over, those that the state has seen among them.
    ///
    /// - Parameters:
    ///   - clock: tells seconds from any moment on.
    ///   - progress: is told the state after a step, or nil between steps, and the share of the time that is over, 0…1.
    /// - Returns: the state at the end.
    /// - Throws: what `progress` throws; `WorkshopError.model` for a token that is not in the vocabulary.
    package func run(
        from start: State, seconds: Double, clock: () -> Double,
        progress: (State?, Double) throws(WorkshopError) -> Void
    ) throws(WorkshopError) -> State {
        var state = start
        let began = clock() - start.seconds
        let firstToken = max(model.description.anchorTokens, corpus.commonLength)
        var runs = try runs(of: state)
        // [capacities]: the scores of each block, token by token, since the last step.
        var seen = state.thresholds.map { _ in [[Float]]() }
        while state.seconds < seconds {
            let place = state.texts % state.thresholds.count
            let text = corpus.chats[state.texts / state.thresholds.count % corpus.chats.count]
            let tokens = try runs.run(
                text, thresholds: state.thresholds[place], size: Self.noise, seed: UInt64(state.texts),
                firstToken: firstToken)
            state.correction.add(tokens, capacity: place)
            seen[place] += tokens.map(\.scores)
            state.texts += 1
            state.seconds = clock() - began
            let share = min(state.seconds / seconds, 1)
            guard seen.reduce(0, { $0 + $1.count }) >= Self.stepTokens || share >= 1 else {
                try progress(nil, share)
                continue
            }
            step(&state, seen: seen)
            try progress(state, share)
            seen = state.thresholds.map { _ in [] }
            runs = try self.runs(of: state)
        }
        return state
    }

    /// Corrects the routers, and the thresholds by the scores that they would have given.
    private func step(_ state: inout State, seen: [[[Float]]]) {
        let changes = state.correction.changes()
        let middle = state.correction.middle
        state.routers = zip(state.routers, changes).map { $0.changed(by: $1, around: middle) }
        state.correction.note(changes)
        for (place, scores) in seen.enumerated() where !scores.isEmpty {
            let sorted = scores.flatMap { token in
                zip(token, changes).map { $0 + $1.offset + $1.slope * ($0 - middle) }
            }.filter(\.isFinite).sorted()
            let shares = shares(at: TuningTrial.capacities[place])
            func quantile(_ share: Float) -> Float {
                sorted[min(Int((1 - Double(share)) * Double(sorted.count)), sorted.count - 1)]
            }
            guard !sorted.isEmpty else { continue }
            let full = quantile(shares.full)
            state.thresholds[place] = Thresholds(full: full, thin: min(quantile(shares.processed), full))
        }
    }

    private func shares(at capacity: Double) -> (full: Float, processed: Float) {
        GradeMix.shares(at: capacity, thinWork: model.description.weights.thinWork)
    }

    private func runs(of state: State) throws(WorkshopError) -> MirroredRuns {
        try MirroredRuns(
            model: model.withRouters(state.routers), contextLength: corpus.sequences.map(\.count).max(),
            threads: threads)
    }
}

extension MoDModel {
    /// The model with other routers, and all else shared.
    ///
    /// - Throws: `WorkshopError.model` if the system refuses memory.
    package func withRouters(_ routers: [Router]) throws(WorkshopError) -> MoDModel {
        try WorkshopError.wrapping { () throws(ModelError) in try withRouters(routers.map(\.engine)) }
    }
}
