import Conversations
import Foundation
import InferenceEngine
import MoDModel
import TestSupport
import Testing
import Tokenization

@Suite("The logit lens and what might have been")
struct LogitLensTests {
    let tiny: Tiny
    let question = Tiny.asking("hello and the hell")
    let options = SamplingOptions(temperature: 0, maximumTokens: 40)

    init() throws {
        var shape = TinyModel()
        shape.blockCount = 5
        shape.routedBlocks = [1, 2, 3]
        shape.thinLength = 32
        shape.defaultCapacity = 0.5
        tiny = try Tiny(shape)
    }

    private func conversation(after reply: Told) -> Conversation {
        Conversation(question + [ChatMessage(role: .assistant, content: reply.text)])
    }

    @Test("The record is the context as it was, and the last depth is what the reply was drawn from")
    func reply() async throws {
        let engine = try tiny.engine(threads: 2)
        let told = await Told(engine.generate(question, sampling: options))
        let record = try await engine.record(of: conversation(after: told), maximumTokens: 40)
        let trace = told.prompt.map(TracedToken.init) + told.reply.compactMap(TracedToken.init)
        #expect(record.tokens.starts(with: trace.map(\.id)))
        #expect(record.grades.prefix(trace.count) == ArraySlice(trace.map(\.routing.grades)))

        let start = told.prompt.count
        let readings = try await engine.lens(at: start - 1..<trace.count, in: record, top: 3)
        #expect(readings.map(\.position) == Array(start - 1..<trace.count))
        for (reading, token) in zip(readings, told.reply) {
            let end = try #require(reading.depths.last)
            #expect(reading.depths.count == 6 && reading.depths.allSatisfy { $0.top.count == 3 })
            #expect(reading.next?.id == token.id && reading.next?.probability == token.probability)
            #expect(end.nextProbability == token.probability && end.entropy == token.entropy)
            #expect(end.finalProbability == end.top[0].probability)
            #expect(reading.grades == trace[reading.position].routing.grades)
            let first = reading.depths.map { $0.top[0].id }
            #expect(first[reading.settled...].allSatisfy { $0 == first[5] })
            #expect(reading.settled == 0 || first[reading.settled - 1] != first[5])
        }
        #expect(try await engine.lens(at: start, in: record, top: 3) == readings[1])
        #expect(Set(readings.map(\.settled)).count > 1 && Set(readings.map(\.work)).count > 1)
        let correlation = try #require(LogitLens.correlation(of: readings))
        #expect((-1...1).contains(correlation))
    }

    @Test("Looking leaves the chat alone, wherever the dial stands")
    func undisturbed() async throws {
        func talk(looking: Bool) async throws -> [[GeneratedToken]] {
            let engine = try tiny.engine()
            let first = await Told(engine.generate(question, sampling: options))
            if looking {
                let record = try await engine.record(of: conversation(after: first), maximumTokens: 40)
                _ = try await engine.lens(at: 3..<record.tokens.count - 2, in: record)
                _ = try await engine.whatIf(
                    [.allBlocks(.bypassed), .block(2, .full)], at: record.tokens.count - 5, in: record)
                let other = Conversation(Tiny.asking("another"))
                _ = try await engine.lens(
                    at: 2, in: engine.record(of: other, maximumTokens: 40))
            }
            var talk = conversation(after: first)
            talk.append(.user, "and", date: .now)
            let second = await Told(engine.generate(talk, sampling: options))
            #expect(second.statistics?.reusedTokens ?? 0 > first.prompt.count)
            return [first.reply, second.reply]
        }
        #expect(try await talk(looking: true) == talk(looking: false))
    }

    @Test("A reply of an earlier session reads the same from its trace")
    func restored() async throws {
        let engine = try tiny.engine()
        engine.setCapacity(try #require(Capacity(0.25)))
        let told = await Told(engine.generate(question, sampling: options))
        let trace = told.prompt.map(TracedToken.init) + told.reply.compactMap(TracedToken.init)
        let talk = conversation(after: told)
        let record = try await engine.record(of: talk, maximumTokens: 40)
        let positions = trace.count - 20..<trace.count
        let expected = try await engine.lens(at: positions, in: record)

        let later = try tiny.engine(threads: 2)
        let restored = try await later.record(of: talk, lastTurn: trace, maximumTokens: 40)
        #expect(restored.tokens == trace.map(\.id) && restored.grades == trace.map(\.routing.grades))
        let readings = try await later.lens(at: positions, in: restored)
        #expect(readings.dropLast() == expected.dropLast())
        // Without a trace the tokens are routed anew, at another capacity.
        let unknown = try await tiny.engine().record(of: talk, maximumTokens: 40)
        #expect(unknown.grades.allSatisfy { $0 == nil })
    }

    @Test("Traces of other models do no harm")
    func foreignTrace() async throws {
        let engine = try tiny.engine()
        let routing = TokenRouting(grades: [.full], scores: [], thresholds: [], reasons: [])
        let record = ContextRecord(
            [5, 6, 7].map { TracedToken(id: $0, text: "", routing: routing, prediction: nil) })
        #expect(try await engine.lens(at: 0..<3, in: record).map(\.grades.count) == [5, 5, 5])
        let outside = ContextRecord([5, 100_000])
        await #expect(throws: EngineError.self) { try await engine.lens(at: 0..<2, in: outside) }
        #expect(try await engine.lens(at: 0..<3, in: record).count == 3)
    }

    @Test("What if: the grades it had change nothing, other ones what a session of its own says")
    func whatIf() async throws {
        let engine = try tiny.engine()
        let told = await Told(engine.generate(question, sampling: options))
        let record = try await engine.record(of: conversation(after: told), maximumTokens: 40)
        let position = told.prompt.count + 9
        let grades = try #require(record.grades[position])
        let changes: [WhatIf.Change] =
            [1, 2, 3].flatMap { block in Grade.allCases.map { .block(block, $0) } }
            + [.allBlocks(.full), .allBlocks(.bypassed), .block(0, .bypassed)]
        let whatIf = try await engine.whatIf(changes, at: position, in: record)
        #expect(whatIf.grades == grades && whatIf.outcomes.map(\.change) == changes)
        #expect(whatIf.prediction.nextProbability == told.reply[10].probability)
        for outcome in whatIf.outcomes {
            #expect((outcome.divergence == 0) == (outcome.grades == grades), "\(outcome)")
            if outcome.grades == grades { #expect(outcome.prediction == whatIf.prediction) }
        }
        #expect(whatIf.outcomes.last?.grades == grades, "a block without a router takes every token")

        let session = try tiny.session()
        let routed = tiny.model.description.routedBlocks
        session.gradeOverride = GradeOverride(from: 0, tokens: record.grades, routed: routed)
        for token in record.tokens[..<position] { try session.forward([token], logits: .none) }
        try session.forward([record.tokens[position]], logits: .last)
        let was = session.withLogits(row: 0) { $0.map(Double.init) }
        session.truncate(to: position)
        session.gradeOverride = nil
        session.capacity = .dense
        try session.forward([record.tokens[position]], logits: .last)
        let full = session.withLogits(row: 0) { $0.map(Double.init) }
        let outcome = whatIf.outcomes[9]
        #expect(outcome.grades.allSatisfy { $0 == .full })
        #expect(Int(outcome.prediction.firstChoice.id) == full.indices.max { full[$0] < full[$1] })
        let (p, q) = (softmax(was), softmax(full))
        let divergence = zip(p, q).reduce(0) { $0 + $1.0 * log($1.0 / $1.1) }
        #expect((outcome.divergence - divergence).magnitude < 1e-9 && divergence > 1e-4)
    }

    @Test("A cancelled task stops looking")
    func cancelled() async throws {
        let engine = try tiny.engine()
        let record = ContextRecord(Array(repeating: 9, count: 200))
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await engine.lens(at: 0..<200, in: record)
        }
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test("A record takes a trace in where its tokens stand last")
    func note() {
        func traced(_ id: Int32, _ grade: Grade) -> TracedToken {
            let routing = TokenRouting(grades: [grade], scores: [], thresholds: [], reasons: [])
            return TracedToken(id: id, text: "", routing: routing, prediction: nil)
        }
        var record = ContextRecord([1, 2, 3, 1, 2, 4])
        let turn = [traced(1, .full), traced(2, .thin)]
        #expect(record.note(turn) == 3..<5)
        #expect(record.grades == [nil, nil, nil, [.full], [.thin], nil])
        #expect(record.note(turn, before: 4) == 0..<2)
        #expect(record.note([traced(4, .full), traced(1, .full)]) == nil && record.note([]) == nil)
        #expect(record.grades.count { $0 != nil } == 4)
    }

    private func softmax(_ logits: [Double]) -> [Double] {
        let largest = logits.max() ?? 0
        let weights = logits.map { exp($0 - largest) }
        let sum = weights.reduce(0, +)
        return weights.map { $0 / sum }
    }
}

@Suite("Rank correlation")
struct RankCorrelationTests {
    /// As SciPy's `spearmanr` has it.
    @Test(
        "of lists with ties",
        arguments: [
            ([1, 2, 3, 4], [10, 20, 30, 40], 1), ([1, 2, 3, 4], [4, 3, 2, 1], -1),
            ([1, 2, 2, 3, 5], [2, 1, 4, 4, 3], 0.394736842105263),
            ([3, 1, 4, 1, 5, 9, 2, 6], [2, 7, 1, 8, 2, 8, 1, 8], 0.198853681209925),
        ] as [([Double], [Double], Double)])
    func ties(x: [Double], y: [Double], expected: Double) throws {
        let found = try #require(RankCorrelation.spearman(x, y))
        #expect((found - expected).magnitude < 1e-12, "\(found)")
    }

    @Test("There is none where nothing varies")
    func none() {
        #expect(RankCorrelation.spearman([1, 1, 1], [1, 2, 3]) == nil)
        #expect(RankCorrelation.spearman([1], [1]) == nil && RankCorrelation.spearman([1, 2], [1]) == nil)
    }
}
