import MoDModel

/// What `bench` found: the medians of the rounds, and for a pair the median of the rounds' own ratios.
///
/// Speeds are in tokens a second, sizes in bytes, bandwidths in bytes a second, times in seconds.
struct BenchReport: Encodable {
    /// What one capacity gave.
    struct Capacity: Encodable {
        let capacity: Double
        /// Realised while the prompt was read, and while decoding.
        let prefillRealised: Double
        let realised: Double
        let prefill: Double
        let decode: Double
        /// What a decoded token must read.
        let weightBytes: Double
        let cacheBytes: Double
        let bytes: Double
        /// What memory allows for these bytes.
        let roofline: Double
        /// Decode ÷ roofline.
        let reached: Double
    }

    /// Two speeds and their ratio, first ÷ second.
    struct Pair: Encodable {
        let first: Double
        let second: Double
        let ratio: Double

        init(_ first: Samples, over second: Samples) {
            self.first = first.median
            self.second = second.median
            ratio = first.ratio(to: second)
        }
    }

    /// Tokens that the figures hold for.
    struct Lengths: Encodable {
        let prompt: Int
        let decoded: Int
        let shallow: Int
        let deep: Int
        let firstTokenPrompt: Int
    }

    /// The same weights in another program.
    struct Peer: Encodable {
        let name: String
        let decodesAfterPrompt: Bool
        /// This program ÷ the peer.
        let prefill: Pair
        let decode: Pair
    }

    /// What the chat keeps in memory beside the model's file and the KV cache.
    struct Resident: Encodable {
        let own: Int
        let program: Int
        /// Tokens in the KV cache.
        let contextTokens: Int
    }

    let model: String
    let processor: String
    let kernels: String
    let threads: Int
    let rounds: Int
    /// Forward passes that fewer threads computed, because other programs held them up.
    let shortHandedPasses: Int
    let tokens: Lengths
    /// What memory gives to one thread and to all.
    let oneThreadBandwidth: Double
    let bandwidth: Double
    let capacities: [Capacity]
    /// At capacity 0.5 ÷ at 1; nil unless both are among those measured.
    let halfPrefill: Pair?
    /// After many tokens of context ÷ after few.
    let deepDecode: Pair
    /// With all threads ÷ with one; nil where one is all.
    let threadsPrefill: Pair?
    let threadsDecode: Pair?
    /// Through the engine, with sampling ÷ the bare forward pass.
    let engineDecode: Pair
    /// With the chat on a screen ÷ by `fathom run`.
    let chatDecode: Pair
    let firstToken: Double
    /// After a short message and its reply; nil where the system does not tell.
    let resident: Resident?
    /// After a long one.
    let longResident: Resident?
    let peer: Peer?

    init(_ run: BenchRun) {
        let session = run.bed.session
        let plan = run.bed.plan
        shortHandedPasses = session.shortHandedPasses
        model = session.model.description.name
        processor = Machine.processor
        kernels = session.kernelName
        threads = session.threadCount
        rounds = run.firstToken.seconds.values.count
        tokens = Lengths(
            prompt: plan.prompt, decoded: plan.decoded, shallow: plan.shallow, deep: plan.deep,
            firstTokenPrompt: run.firstToken.promptTokens)
        oneThreadBandwidth = run.threads.oneBandwidth.median
        bandwidth = Samples(values: run.capacities.flatMap(\.bandwidth.values)).median
        capacities = run.capacities.map(Capacity.init)
        func row(_ capacity: Double) -> CapacityRow? {
            run.capacities.first { $0.capacity.value == capacity }
        }
        halfPrefill =
            if let half = row(0.5), let full = row(1) { Pair(half.prefill, over: full.prefill) } else { nil }
        deepDecode = Pair(run.depth.deep, over: run.depth.shallow)
        let threads = run.threads
        let single = session.threadCount == 1
        threadsPrefill = single ? nil : Pair(threads.allPrefill, over: threads.onePrefill)
        threadsDecode = single ? nil : Pair(threads.allDecode, over: threads.oneDecode)
        engineDecode = Pair(run.engine.engine, over: run.engine.forward)
        chatDecode = Pair(run.chat.onScreen, over: run.chat.plain)
        firstToken = run.firstToken.seconds.median
        resident = Resident(run.chat.resident)
        longResident = Resident(run.longChat.resident)
        peer = run.peer.map(Peer.init)
    }
}

extension BenchReport.Capacity {
    fileprivate init(_ row: CapacityRow) {
        self.init(
            capacity: row.capacity.value, prefillRealised: row.prefillRealised, realised: row.realised,
            prefill: row.prefill.median, decode: row.decode.median, weightBytes: row.weightBytes,
            cacheBytes: row.cacheBytes,
            bytes: row.bytes, roofline: row.roofline.median, reached: row.decode.ratio(to: row.roofline))
    }
}

extension BenchReport.Resident {
    /// The median of each; nil where there is none.
    fileprivate init?(_ rounds: [ResidentMemory]) {
        guard let contextTokens = rounds.first?.contextTokens else { return nil }
        self.init(
            own: Int(Samples(values: rounds.map { Double($0.own) }).median),
            program: Int(Samples(values: rounds.map { Double($0.program) }).median),
            contextTokens: contextTokens)
    }
}

extension BenchReport.Peer {
    fileprivate init(_ row: PeerRow) {
        self.init(
            name: row.peer.name, decodesAfterPrompt: row.peer.decodesAfterPrompt,
            prefill: BenchReport.Pair(row.ourPrefill, over: row.theirPrefill),
            decode: BenchReport.Pair(row.ourDecode, over: row.theirDecode))
    }
}
