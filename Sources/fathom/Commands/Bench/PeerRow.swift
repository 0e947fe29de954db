import MoDModel

/// The same weights in another program, in turns with this one at capacity 1.
struct PeerRow {
    let peer: any Peer
    /// Tokens a second of the peer.
    private(set) var theirPrefill = Samples()
    private(set) var theirDecode = Samples()
    /// And of this program, before it or after it in turns.
    private(set) var ourPrefill = Samples()
    private(set) var ourDecode = Samples()
    /// Its file, as long as it may be read.
    private let weights: DenseCopy

    init(_ program: PeerProgram, on bed: BenchBed) throws {
        weights = try DenseCopy(of: bed.session.model)
        peer = try program.peer(weights: weights.path, bed: bed)
    }

    private var isFirst = false

    /// Whoever comes second finds the machine warmer, so the two change places every round.
    mutating func measure(on bed: BenchBed) throws {
        isFirst.toggle()
        if isFirst { try measureOurs(on: bed) }
        let theirs = try peer.measure()
        theirPrefill.append(theirs.prefill)
        theirDecode.append(theirs.decode)
        if !isFirst { try measureOurs(on: bed) }
    }

    private mutating func measureOurs(on bed: BenchBed) throws {
        ourPrefill.append(try bed.session.prefill(bed.prompt))
        if !peer.decodesAfterPrompt { bed.session.truncate(to: 0) }
        ourDecode.append(try bed.session.decode(bed.continuation))
    }
}
