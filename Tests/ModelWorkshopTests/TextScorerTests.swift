import Foundation
import MoDModel
import ModelWorkshop
import TestSupport
import Testing

@Suite("Scoring texts")
struct TextScorerTests {
    let model: MoDModel
    let tokens: [Int32]

    init() throws {
        model = try Workbench().model(TinyModel())
        tokens = model.tokens(200)
    }

    /// The same from single tokens and in double precision.
    private func expected(window: Int, capacity: Capacity) throws -> TextScore {
        let session = try model.session()
        session.capacity = capacity
        session.policy = .table
        var score = TextScore()
        for start in stride(from: 0, to: tokens.count, by: window) {
            let part = Array(tokens[start..<min(start + window, tokens.count)])
            let (logits, routings) = try session.run(part)
            for (place, next) in part.enumerated().dropFirst() {
                let probabilities = logits[place - 1].map { exp(Double($0)) }
                score.negativeLogLikelihood -= log(
                    probabilities[Int(next)] / probabilities.reduce(0, +))
                score.tokens += 1
            }
            for routing in routings {
                score.routed += 2
                score.work += routing.work(at: [1, 2], thinWork: model.description.weights.thinWork)
                score.weightsRead += model.description.weights.shareRead(by: routing)
                score.seen += 1
            }
            let works = routings.map {
                $0.work(at: [1, 2], thinWork: model.description.weights.thinWork) / 2
            }
            for first in stride(from: 64, through: works.count - 128, by: 1) {
                let mean = works[first..<first + 128].reduce(0, +) / 128
                score.runs += 1
                score.keptRuns += (mean - capacity.value).magnitude <= 0.05 ? 1 : 0
            }
        }
        return score
    }

    @Test(
        "Equals a straightforward computation, whatever the windows and chunks",
        arguments: [2, 7, 64, 200, 1000], [0, 0.4, 1])
    func straightforward(window: Int, share: Double) throws {
        let capacity = try #require(Capacity(share))
        let expected = try expected(window: min(window, 256), capacity: capacity)
        for chunkLength in [1, 5, 64] {
            let scorer = TextScorer(session: try model.session(chunkLength: chunkLength), window: window)
            let score = try scorer.score(tokens, capacity: capacity)
            #expect(score.tokens == expected.tokens && score.seen == 200)
            #expect((score.work - expected.work).magnitude < 1e-9 && score.routed == expected.routed)
            #expect((score.perplexity / expected.perplexity - 1).magnitude < 1e-5)
            #expect((score.weightsReadShare - expected.weightsReadShare).magnitude < 1e-12)
            #expect(score.runs == expected.runs && score.keptRuns == expected.keptRuns)
            #expect(score.keptShare == nil || score.runs > 0)
            #expect((score.realisedCapacity - expected.work / 400).magnitude < 1e-12)
        }
        #expect(share < 1 || expected.work == 400)
        // Windows of two are all anchors.
        #expect(share > 0 || window == 2 || expected.work < 400)
    }

    @Test("Chunks change nothing at all, nor does what the session held before")
    func chunks() throws {
        let capacity = try #require(Capacity(0.5))
        let session = try model.session(chunkLength: 64)
        let score = try TextScorer(session: session, window: 90).score(tokens, capacity: capacity)
        let small = try model.session(chunkLength: 7)
        #expect(try TextScorer(session: small, window: 90).score(tokens, capacity: capacity) == score)
        #expect(try TextScorer(session: session, window: 90).score(tokens, capacity: capacity) == score)
    }

    @Test("A window shorter than two tokens would predict nothing; one longer than the context is cut")
    func windows() throws {
        let session = try model.session()
        #expect(try TextScorer(session: session, window: 0).score(tokens, capacity: .dense).tokens == 100)
        let long = model.tokens(600)
        #expect(try TextScorer(session: session, window: 600).score(long, capacity: .dense).tokens == 597)
        #expect(
            [0, 64, 600, .max].map { TextScorer(session: session, window: $0).window } == [2, 64, 256, 256])
    }

    @Test("Only what counts is counted, in a context of its own for each text; all is run")
    func counts() throws {
        let scorer = TextScorer(session: try model.session(), window: 64)
        let capacity = try #require(Capacity(0.5))
        let (first, second) = (Array(tokens[..<50]), Array(tokens[50..<90]))
        func score(_ text: [Int32], where counts: (Int) -> Bool) throws -> TextScore {
            try scorer.score([ScoredText(text, counts: text.indices.map(counts))], capacity: capacity)
        }
        let whole = try score(first) { _ in true }
        let parts = [try score(first) { $0 < 20 }, try score(first) { $0 >= 20 }]
        #expect(parts.map(\.tokens) == [19, 30] && parts.allSatisfy { $0.seen == 50 })
        let sum = parts.reduce(0) { $0 + $1.negativeLogLikelihood }
        #expect((sum - whole.negativeLogLikelihood).magnitude < 1e-9 && parts[0].negativeLogLikelihood > 0)
        let both = try scorer.score([first, second].map(ScoredText.init), capacity: capacity)
        let alone = try [first, second].map { try scorer.score($0, capacity: capacity) }
        #expect(both.tokens == 88 && (both.work - alone[0].work - alone[1].work).magnitude < 1e-9)
        let expected = alone.reduce(0) { $0 + $1.negativeLogLikelihood }
        #expect((both.negativeLogLikelihood - expected).magnitude < 1e-9)
    }

    @Test("How many predictions count is known beforehand", arguments: [2, 16, 64])
    func predictions(window: Int) throws {
        let scorer = TextScorer(session: try model.session(), window: window)
        var random = SeededGenerator(seed: 2)
        let texts = [0, 1, 2, 15, 16, 17, 90].map { length in
            ScoredText(
                Array(tokens[..<length]), counts: (0..<length).map { _ in Bool.random(using: &random) })
        }
        for text in texts + texts.map({ ScoredText($0.tokens) }) {
            let count = scorer.predictionCount(of: [text])
            #expect(try scorer.score([text], capacity: .dense).tokens == count)
        }
        #expect(try scorer.score(texts, capacity: .dense).tokens == scorer.predictionCount(of: texts))
    }

    @Test("Random routing at c realises c", arguments: [0, 0.25, 0.7])
    func random(share: Double) throws {
        let session = try model.session()
        let scorer = TextScorer(session: session, window: 200)
        let score = try scorer.score(tokens, capacity: #require(Capacity(share)), policy: .random(seed: 3))
        // Two anchors, then four standard deviations of 396 throws.
        let expected = share + (1 - share) * 2 / 200
        let bound = 4 * (share * (1 - share) / 396).squareRoot()
        #expect((score.realisedCapacity - expected).magnitude <= bound + 1e-12)
        #expect(session.policy == .held)
    }

    @Test("Nothing to predict, and a dense model")
    func edges() throws {
        let scorer = TextScorer(session: try model.session(), window: 10)
        let shape = model.description
        let whole = shape.weights.outsideBlocks + shape.blockCount * shape.weights.fullBlock
        let routers = shape.weights.routers
        for (text, share) in [([], 1), ([5], Double(whole + routers) / Double(whole))] as [([Int32], Double)]
        {
            let score = try scorer.score(text, capacity: .dense)
            #expect(score.tokens == 0 && score.perplexity.isNaN && score.weightsReadShare == share)
        }
        let dense = try Workbench().model(Workbench.dense)
        let score = try TextScorer(session: try dense.session(), window: 50)
            .score(tokens, capacity: #require(Capacity(0.5)))
        #expect(score.realisedCapacity == 1 && score.weightsReadShare == 1)
    }

    @Test("A token the model does not know is an error, and the policy is put back")
    func unknownToken() throws {
        let session = try model.session()
        #expect(throws: WorkshopError.self) {
            try TextScorer(session: session, window: 50)
                .score([1, 2, 30_000], capacity: .dense, policy: .random(seed: 1))
        }
        #expect(session.policy == .held)
    }

    @Test("Surprise is −log softmax, also of large logits")
    func surprise() {
        func surprise(_ logits: [Float], _ index: Int) -> Double {
            logits.withUnsafeBufferPointer { TextScorer.surprise($0, at: index) }
        }
        #expect((surprise([3, 3, 3, 3], 2) - log(4)).magnitude < 1e-7)
        #expect((surprise([1000, 1000 + log(3)], 0) - log(4)).magnitude < 1e-4)
        #expect(surprise([-1000, 1000], 1) == 0)
        #expect(surprise([-1000, 1000], 0) == 2000)
    }
}
