import MoDModel

/// The same weights in another program, in turns with this one at capacity 1.
struct PeerRow {
    let peer: any Peer
    /// Tokens a second of the peer.
    private(set) var theirPrefill = Samples()
    private(set) var theirDecode = Samples()
    /// And of this program.
    private(set) var ourPrefill = Samples()
    private(set) var ourDecode = Samples()
    /// Its file, as long as it may be read.
    private let weights: DenseCopy
    private enum Side: CaseIterable {
        case ours, theirs
    }
    private var turns = Turns(Side.allCases)

    init(_ program: PeerProgram, on bed: BenchBed) throws {
        weights = try DenseCopy(of: bed.session.model)
        peer = try program.peer(weights: weights.path, bed: bed)
    }

    mutating func measure(on bed: BenchBed) throws {
        for side in turns.next() {
            switch side {
            case .ours:
                ourPrefill.append(try bed.session.prefill(bed.prompt))
                if !peer.decodesAfterPrompt { bed.session.truncate(to: 0) }
                ourDecode.append(try bed.session.decode(bed.continuation))
            case .theirs:
                let speed = try peer.measure()
                theirPrefill.append(speed.prefill)
                theirDecode.append(speed.decode)
            }
        }
    }
}
