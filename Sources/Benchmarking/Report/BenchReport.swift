import MoDModel

/// What a benchmark found: the medians of the rounds, and for a pair the median of the rounds' own ratios.
///
/// Speeds are in tokens a second, sizes in bytes, bandwidths in bytes a second, times in seconds where no other unit is
/// said.
public struct BenchReport: Encodable, Sendable {
    /// What one capacity gave.
    struct Capacity: Encodable, Sendable {
        let capacity: Double
        /// Realised while the prompt was read.
        let prefillRealised: Double
        /// Realised while decoding.
        let realised: Double
        let prefill: Double
        let decode: Double
        /// Weights that a decoded token must read.
        let weightBytes: Double
        /// Keys and values that a decoded token must read.
        let cacheBytes: Double
        let bytes: Double
        /// The decode that memory allows for these bytes.
        let roofline: Double
        /// Decode ÷ roofline.
        let reached: Double
    }

    /// Tokens that the figures hold for.
    struct Lengths: Encodable, Sendable {
        let prompt: Int
        let decoded: Int
        let shallow: Int
        let deep: Int
        let firstTokenPrompt: Int
    }

    /// The same weights in another program.
    struct Peer: Encodable, Sendable {
        let name: String
        let decodesAfterPrompt: Bool
        /// This program ÷ the peer.
        let prefill: Pair
        /// This program ÷ the peer.
        let decode: Pair
    }

    /// What the chat keeps in memory beside the model's file and the KV cache.
    struct Resident: Encodable, Sendable {
        let own: Int
        let program: Int
        /// Tokens in the KV cache.
        let contextTokens: Int
    }

    /// All figures but pairs.
    struct Figures: Encodable, Sendable {
        let model: String
        let processor: String
        let kernels: String
        let threads: Int
        let rounds: Int
        /// Forward passes that fewer threads computed, because other programs held them up.
        let shortHandedPasses: Int
        let tokens: Lengths
        /// What memory gives to one thread.
        let oneThreadBandwidth: Double
        /// What memory gives to all threads.
        let bandwidth: Double
        let capacities: [Capacity]
        /// Nil where there is nothing to route.
        let stepMilliseconds: StepMilliseconds?
        let firstToken: Double
        /// After a short message and its reply; nil where the system does not tell.
        let resident: Resident?
        /// After a long message and its reply; nil where the system does not tell.
        let longResident: Resident?
        let peer: Peer?
    }

    let figures: Figures
    /// The comparisons, which stand in JSON under their own keys, beside the figures.
    let pairs: [NamedPair]

    private struct PairKey: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    /// One object: the figures by their names, and each pair by its key.
    public func encode(to encoder: any Encoder) throws {
        try figures.encode(to: encoder)
        var container = encoder.container(keyedBy: PairKey.self)
        for pair in pairs { try container.encode(pair.pair, forKey: PairKey(stringValue: pair.key)) }
    }
}

extension BenchReport {
    init(_ benchmark: Benchmark) {
        let session = benchmark.bed.session
        let plan = benchmark.bed.plan
        let speeds = benchmark.capacities.figures
        let firstTokens = benchmark.firstToken.figures.joined()
        figures = Figures(
            model: session.model.description.name,
            processor: Machine.processor,
            kernels: session.kernelName,
            threads: session.threadCount,
            rounds: plan.rounds,
            shortHandedPasses: session.shortHandedPasses,
            tokens: Lengths(
                prompt: plan.prompt, decoded: plan.decoded, shallow: plan.shallow, deep: plan.deep,
                firstTokenPrompt: firstTokens.first?.promptTokens ?? 0),
            oneThreadBandwidth: Samples(Array(benchmark.oneThreadBandwidth.figures.joined())).median,
            bandwidth: Samples(speeds.joined().map(\.bandwidth)).median,
            capacities: zip(benchmark.costs, speeds).map { Capacity($0, $1) },
            stepMilliseconds: benchmark.steps.map {
                StepMilliseconds(seconds: $0.figures, tokens: plan.steps)
            },
            firstToken: Samples(firstTokens.map(\.seconds)).median,
            resident: Resident(benchmark.shortChat.values),
            longResident: Resident(benchmark.longChat.figures.joined().compactMap { $0 }),
            peer: benchmark.peer.map(Peer.init))
        pairs =
            [Self.halfPrefill(benchmark.costs, speeds)].compactMap { $0 }
            + benchmark.comparisons.flatMap(\.pairs)
    }

    /// Prefill at capacity 0.5 and at 1; nil unless both are among those measured.
    private static func halfPrefill(_ costs: [CapacityCost], _ speeds: [[CapacitySpeed]]) -> NamedPair? {
        func prefill(at capacity: Double) -> Samples? {
            costs.firstIndex { $0.capacity.value == capacity }.map { Samples(speeds[$0].map(\.prefill)) }
        }
        guard let half = prefill(at: 0.5), let full = prefill(at: 1) else { return nil }
        return NamedPair(
            key: "halfPrefill", label: "prefill, capacity 0.5 against 1", pair: Pair(half, over: full))
    }
}

extension BenchReport.Capacity {
    fileprivate init(_ cost: CapacityCost, _ speeds: [CapacitySpeed]) {
        let decode = Samples(speeds.map(\.decode))
        let roofline = Samples(speeds.map { $0.bandwidth / cost.bytes })
        self.init(
            capacity: cost.capacity.value, prefillRealised: cost.prefillRealised, realised: cost.realised,
            prefill: Samples(speeds.map(\.prefill)).median, decode: decode.median,
            weightBytes: cost.weightBytes, cacheBytes: cost.cacheBytes, bytes: cost.bytes,
            roofline: roofline.median, reached: decode.ratio(to: roofline))
    }
}

extension BenchReport.Resident {
    /// The median of each; nil where there is none.
    fileprivate init?(_ rounds: [ResidentMemory]) {
        guard let contextTokens = rounds.first?.contextTokens else { return nil }
        self.init(
            own: Int(Samples(rounds.map { Double($0.own) }).median),
            program: Int(Samples(rounds.map { Double($0.program) }).median),
            contextTokens: contextTokens)
    }
}

extension BenchReport.Peer {
    fileprivate init(_ peer: PeerComparison) {
        let pairs = peer.comparison.pairs.map(\.pair)
        self.init(
            name: peer.peer.name, decodesAfterPrompt: peer.peer.decodesAfterPrompt, prefill: pairs[0],
            decode: pairs[1])
    }
}
