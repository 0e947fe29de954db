import MoDModel

/// A context beside the chat's own, in which tokens are computed again along the grades they had. It stays as it is
/// from one question to the next, so that tokens nearby need little.
struct ReplayContext {
    private let session: ModelSession
    /// [positions]: the tokens in the KV cache.
    private var tokens: [Int32] = []

    init(_ session: ModelSession) {
        self.session = session
    }

    /// What one pass over some tokens gave.
    struct Pass {
        /// The tokens' positions.
        let positions: Range<Int>
        let stream: ResidualStream
        /// [positions][blocks].
        let grades: [[Grade]]
    }

    /// Computes the tokens of a record up to `count`, those that are not there already, and forgets all from there on.
    /// What is there stays: a token that the record knows no grades of keeps those it was computed with.
    ///
    /// - Parameter setting: routes tokens of which no grades are known.
    /// - Throws: `EngineError.model` when a forward pass fails; `CancellationError` when the task is cancelled.
    mutating func hold(_ record: ContextRecord, count: Int, by setting: RoutingSetting) throws {
        let common = zip(tokens, record.tokens.prefix(count)).enumerated().prefix { place, pair in
            pair.0 == pair.1 && record.grades[place].map { $0 == session.grades(position: place) } ?? true
        }.count
        truncate(to: common)
        for chunk in chunks(of: common..<count) {
            _ = try run(chunk, of: record, by: setting) { session, tokens throws(ModelError) in
                try session.forward(tokens, logits: .none)
            }
        }
    }

    /// Positions cut into chunks that one pass takes each.
    func chunks(of positions: Range<Int>) -> [Range<Int>] {
        stride(from: positions.lowerBound, to: positions.upperBound, by: session.chunkLength).map {
            $0..<min($0 + session.chunkLength, positions.upperBound)
        }
    }

    /// Computes the tokens at some positions, the first of which must be the next, at most a chunk of them.
    ///
    /// - Throws: as `hold` does.
    mutating func pass(
        _ positions: Range<Int>, of record: ContextRecord, by setting: RoutingSetting
    ) throws -> Pass {
        let stream = try run(positions, of: record, by: setting) { session, tokens throws(ModelError) in
            try session.forwardKeepingResiduals(tokens, logits: .none)
        }
        return Pass(
            positions: positions, stream: stream, grades: positions.map { session.grades(position: $0) })
    }

    /// Computes the next token of a record at the grades given, lends the logits after it, [vocabulary], and forgets it
    /// again.
    ///
    /// - Parameter grades: [blocks]; nil where they are not known.
    /// - Throws: as `hold` does, and what `body` throws.
    mutating func tryNext(
        of record: ContextRecord, at grades: [Grade]?, by setting: RoutingSetting,
        _ body: (_ grades: [Grade], _ logits: UnsafeBufferPointer<Float>) throws -> Void
    ) throws {
        let position = tokens.count
        var record = record
        if let grades { record.note(grades, at: position) }
        try run(position..<position + 1, of: record, by: setting) { session, tokens throws(ModelError) in
            try session.forward(tokens, logits: .last)
        }
        defer { truncate(to: position) }
        try session.withLogits(row: 0) { try body(session.grades(position: position), $0) }
    }

    /// Lends the logits of residuals, [rows][embedding], row by row. The cache stays as it is.
    ///
    /// - Throws: as `hold` does, and what `body` throws.
    func readOut(
        _ residuals: [Float], _ body: (_ row: Int, _ logits: UnsafeBufferPointer<Float>) throws -> Void
    ) throws {
        let embedding = session.model.configuration.embeddingLength
        let rows = residuals.count / embedding
        for first in stride(from: 0, to: rows, by: session.chunkLength) {
            try Task.checkCancellation()
            let some = first..<min(first + session.chunkLength, rows)
            try residuals.withUnsafeBufferPointer { residuals in
                try wrapping { () throws(ModelError) in
                    try session.readOut(
                        UnsafeBufferPointer(
                            rebasing: residuals[some.lowerBound * embedding..<some.upperBound * embedding]))
                }
            }
            for row in some {
                try session.withLogits(row: row - first) { try body(row, $0) }
            }
        }
    }

    private mutating func truncate(to count: Int) {
        tokens.removeSubrange(count...)
        session.truncate(to: count)
    }

    @discardableResult
    private mutating func run<R>(
        _ positions: Range<Int>, of record: ContextRecord, by setting: RoutingSetting,
        _ forward: (ModelSession, ArraySlice<Int32>) throws(ModelError) -> R
    ) throws -> R {
        try Task.checkCancellation()
        session.capacity = setting.capacity
        session.policy = setting.policy
        session.gradeOverride = GradeOverride(
            from: positions.lowerBound, tokens: Array(record.grades[positions]),
            routed: session.model.description.routedBlocks)
        let result = try wrapping { () throws(ModelError) in try forward(session, record.tokens[positions]) }
        tokens += record.tokens[positions]
        return result
    }

    private func wrapping<R>(_ body: () throws(ModelError) -> R) throws(EngineError) -> R {
        do {
            return try body()
        } catch {
            throw .model(error)
        }
    }
}
