import MoDModel

/// What the threads beyond the first are worth.
struct ThreadsRow {
    /// Tokens a second with one thread.
    private(set) var onePrefill = Samples()
    private(set) var oneDecode = Samples()
    /// With all.
    private(set) var allPrefill = Samples()
    private(set) var allDecode = Samples()
    /// What one thread reads of memory, in bytes a second.
    private(set) var oneBandwidth = Samples()
    /// Nil where one thread is all there is.
    private let single: ModelSession?
    private enum Side: CaseIterable {
        case one, all
    }
    private var turns = Turns(Side.allCases)

    init(on bed: BenchBed) throws {
        let session = bed.session
        single =
            session.threadCount == 1
            ? nil
            : try ModelSession(model: session.model, contextLength: session.contextLength, threadCount: 1)
    }

    mutating func measure(on bed: BenchBed) throws {
        oneBandwidth.append(try bed.memory.measure(threads: 1))
        guard let single else { return }
        for side in turns.next() {
            switch side {
            case .one:
                onePrefill.append(try single.prefill(bed.prompt))
                oneDecode.append(try single.decode(bed.continuation))
            case .all:
                allPrefill.append(try bed.session.prefill(bed.prompt))
                allDecode.append(try bed.session.decode(bed.continuation))
            }
        }
    }
}
