import MoDModel
import TestSupport

/// All that a run gives: what must not depend on how it was run.
struct Record {
    /// [token][vocabulary].
    var logits: [[Float]] = []
    /// [token].
    var routings: [TokenRouting] = []

    /// Where two records part, bit for bit; nil where they are the same.
    func difference(from other: Record) -> String? {
        guard logits.count == other.logits.count, routings.count == other.routings.count else {
            return "\(logits.count) tokens instead of \(other.logits.count)"
        }
        for token in routings.indices where routings[token] != other.routings[token] {
            return "token \(token) took \(routings[token]) instead of \(other.routings[token])"
        }
        for token in logits.indices {
            for (id, (a, b)) in zip(logits[token], other.logits[token]).enumerated()
            where a.bitPattern != b.bitPattern {
                return "token \(token) has logit \(id) = \(a) instead of \(b)"
            }
        }
        return nil
    }

    func suffix(from token: Int) -> Record {
        Record(logits: Array(logits[token...]), routings: Array(routings[token...]))
    }
}

extension ModelSession {
    /// Runs tokens in chunks of the lengths given, repeated as often as needed.
    @discardableResult
    func feed(_ tokens: [Int32], chunks: [Int] = [1]) throws -> Record {
        var record = Record()
        var start = 0
        var turn = 0
        while start < tokens.count {
            let end = min(start + chunks[turn % chunks.count], tokens.count)
            try forward(tokens[start..<end], logits: .all)
            for row in 0..<end - start {
                withLogits(row: row) { record.logits.append(Array($0)) }
                record.routings.append(routing(row: row))
            }
            start = end
            turn += 1
        }
        return record
    }
}

extension MoDModel {
    /// A session on one thread that takes any chunk.
    func session(
        threads: Int = 1, kernelSet: Int = 0, contextLength: Int? = nil, chunkLength: Int = 64,
        capacity: Capacity? = nil, policy: RoutingPolicy = .table
    ) throws -> ModelSession {
        let session = try ModelSession(
            model: self, contextLength: contextLength, threadCount: threads, chunkLength: chunkLength,
            kernelSet: kernelSet)
        if let capacity {
            session.capacity = capacity
        }
        session.policy = policy
        return session
    }

    /// Tokens drawn from the whole vocabulary.
    func tokens(_ count: Int, seed: UInt64 = 1) -> [Int32] {
        var random = SeededGenerator(seed: seed)
        return (0..<count).map { _ in
            Int32.random(in: 0..<Int32(configuration.vocabularySize), using: &random)
        }
    }
}
