import MoDModel

/// What became of several tokens at one block, of one token at several blocks, or both, taken together.
struct HeatBlend: Sendable, Hashable {
    /// Tokens at blocks of which the trace says what became.
    private(set) var known = 0
    /// Work done, in halves of that of a token in full: thin counts half.
    private(set) var halves = 0
    private var levels = 0.0
    private var leveled = 0

    /// Takes in a token at a block.
    mutating func add(_ face: HeatFace) {
        guard face != .unknown else { return }
        known += 1
        halves += Int(face.grade.rawValue)
        guard let level = face.level else { return }
        levels += level
        leveled += 1
    }

    /// Takes in all of another blend.
    mutating func add(_ other: HeatBlend) {
        known += other.known
        halves += other.halves
        levels += other.levels
        leveled += other.leveled
    }

    /// The work done ÷ that of all in full, 0…1.
    var work: Double {
        known == 0 ? 0 : Double(halves) / Double(known * Int(Grade.full.rawValue))
    }

    /// A full block that scored a token as high as those that took one by its score did on average.
    var mean: HeatFace { leveled == 0 ? .always : .full(level: levels / Double(leveled)) }
}
