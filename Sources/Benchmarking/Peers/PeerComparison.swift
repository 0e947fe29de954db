import MoDModel

/// This program and another one, with the same weights, at capacity 1.
struct PeerComparison {
    let peer: any Peer
    /// Prefill and decode, in tokens a second, against the peer's.
    let comparison: Comparison
    /// The peer's file, which it may read at any time.
    private let weights: DenseCopy

    /// Writes the weights and makes the peer ready.
    init(_ program: PeerProgram, on bed: BenchBed) throws {
        weights = try DenseCopy(of: bed.session.model)
        let peer = try program.peer(weights: weights.path, bed: bed)
        self.peer = peer
        comparison = Comparison(
            [Comparison.Line("prefill", "prefill against"), Comparison.Line("decode", "decode against")],
            first: {
                let prefill = try bed.session.prefill(bed.prompt)
                if !peer.decodesAfterPrompt { bed.session.truncate(to: 0) }
                return [prefill, try bed.session.decode(bed.continuation)]
            },
            second: {
                let speed = try peer.measure()
                return [speed.prefill, speed.decode]
            })
    }
}
