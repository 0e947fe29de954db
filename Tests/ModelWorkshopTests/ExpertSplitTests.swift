import GGUF
import MoDModel
import ModelWorkshop
import TestSupport
import Testing

@Suite("Splitting feed-forwards into experts")
struct ExpertSplitTests {
    /// A dense model whose 96 hidden units are three experts of 32.
    private func split(
        _ bench: Workbench, used: Int, isIntegrated: Bool = false, of dense: MoDModel? = nil
    ) throws -> (dense: MoDModel, split: MoDModel) {
        let dense = try dense ?? bench.model(Workbench.dense)
        let split = try ExpertSplit(
            dense: dense, count: 3, used: used, isIntegrated: isIntegrated,
            corpus: dense.corpus(texts: 6, length: 100), threads: 1)
        return (dense, try split.model(beside: bench.path("out.gguf")) { _ in })
    }

    @Test("All experts together are the dense feed-forward, but for rounding anew")
    func whole() throws {
        let bench = try Workbench()
        let (dense, split) = try split(bench, used: 3)
        #expect(split.configuration.experts?.count == 3 && split.description.routedBlocks.isEmpty)
        let tokens = dense.tokens(40, seed: 9)
        let (exact, _) = try dense.session().run(tokens)
        let (found, routings) = try split.session().run(tokens)
        #expect(routings.allSatisfy { $0.experts.allSatisfy { Set($0) == [0, 1, 2] } })
        let distance = zip(exact.joined(), found.joined()).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        let size = exact.joined().reduce(0) { $0 + $1 * $1 }
        #expect(distance < 0.01 * size)
    }

    @Test("Units that fire together are found, in clusters of one size")
    func clusters() {
        var random = SeededGenerator(seed: 3)
        // Four groups of eight units, whose members follow one line each, in an order that mixes them.
        let lines = (0..<4).map { _ in (0..<200).map { _ in Float.random(in: 0...1, using: &random) } }
        let patterns = (0..<32).map { unit in
            lines[unit % 4].map { Float(unit + 1) * $0 + Float.random(in: 0...0.1, using: &random) }
        }
        let found = UnitClusters(patterns: patterns, count: 4).units
        #expect(Set(found) == Set((0..<4).map { group in (0..<8).map { 4 * $0 + group } }))
        let noise = (0..<30).map { _ in (0..<50).map { _ in Float.random(in: 0...1, using: &random) } }
        let clusters = UnitClusters(patterns: noise, count: 5).units
        #expect(clusters.map(\.count) == [6, 6, 6, 6, 6])
        #expect(
            clusters.flatMap { $0 }.sorted() == Array(0..<30) && clusters.allSatisfy { $0 == $0.sorted() })
    }

    @Test("Units that add most are together, whatever they fire with")
    func tiers() {
        var random = SeededGenerator(seed: 4)
        let lines = (0..<4).map { _ in (0..<200).map { _ in Float.random(in: 0...1, using: &random) } }
        // In each group of units that follow one line, the first half of the units add most.
        let patterns = (0..<40).map { unit in lines[unit % 4].map { (unit < 20 ? 9 : 1) * $0 } }
        let found = UnitClusters(tiersOf: patterns, count: 4).units
        #expect(found.map(\.count) == [10, 10, 10, 10] && found.allSatisfy { $0 == $0.sorted() })
        #expect(Set(found[0] + found[1]) == Set(0..<20) && Set(found[2] + found[3]) == Set(20..<40))
        let odd = UnitClusters(tiersOf: patterns + patterns.prefix(10), count: 5).units
        #expect(odd.map(\.count) == [10, 10, 10, 10, 10] && Set(odd.joined()) == Set(0..<50))
    }

    /// Of the experts one is given most of the work, now in one token and now in another.
    @Test("The gate finds what adds most: better than any two experts that are always the same")
    func gate() throws {
        let bench = try Workbench()
        let (dense, split) = try split(bench, used: 2)
        let tokens = dense.tokens(200, seed: 5)
        let (exact, _) = try dense.session().run(tokens)
        let (found, routings) = try split.session().run(tokens)
        func distance(_ logits: [[Float]]) -> Double {
            zip(exact.joined(), logits.joined()).reduce(0) { $0 + Double(($1.0 - $1.1) * ($1.0 - $1.1)) }
        }
        #expect(Set(routings.map { Set($0.experts[3]) }).count > 2)
        for left in 0..<3 {
            let fixed = try bench.model(changing: split) { name, floats in
                guard name.hasSuffix("ffn_gate_inp.bias") else { return }
                floats = floats.indices.map { $0 == left ? -1e6 : 1e6 + Float($0) }
            }
            let (other, taken) = try fixed.session().run(tokens)
            #expect(taken.dropFirst(4).allSatisfy { !$0.experts[3].contains(UInt16(left)) })
            #expect(distance(found) < distance(other), "without expert \(left)")
        }
    }

    @Test("With a no-op tokens take as many experts on average as asked, some none and some all")
    func integrated() throws {
        let bench = try Workbench()
        let (dense, split) = try split(bench, used: 2, isIntegrated: true)
        #expect(split.configuration.experts?.hasNoOp == true && split.configuration.experts?.used == 3)
        let (_, routings) = try split.session().run(dense.tokens(200, seed: 4))
        let counts = routings.dropFirst(4).flatMap { $0.experts.map(\.count) }
        let mean = Double(counts.reduce(0, +)) / Double(counts.count)
        #expect((1.7...2.3).contains(mean), "\(mean)")
        for block in 0..<split.configuration.blockCount {
            let some = routings.dropFirst(4).map { $0.experts[block].count }
            let mean = Double(some.reduce(0, +)) / Double(some.count)
            #expect((1.5...2.5).contains(mean), "\(mean) in block \(block)")
        }
        #expect(Set(counts).count > 1)
        #expect(routings.prefix(4).allSatisfy { $0.experts.allSatisfy { $0.count == 3 } }, "anchors take all")
    }

    @Test("Depth routers come on top: staged")
    func staged() throws {
        let bench = try Workbench()
        let (dense, split) = try split(bench, used: 2)
        let path = bench.path("staged.gguf")
        let converter = try ModelConverter(
            dense: split, corpus: dense.corpus(texts: 30, length: 100), threads: 1)
        _ = try converter.write(to: path, name: nil, defaultCapacity: .dense, shardLimit: nil) { _ in }
        let staged = try MoDModel(contentsOf: path)
        #expect(staged.configuration.experts == split.configuration.experts)
        #expect(staged.configuration.routing.thinLength == nil && !staged.description.routedBlocks.isEmpty)
        let session = try staged.session()
        let tokens = dense.tokens(60)
        let (same, _) = try split.session().run(tokens)
        #expect(try session.run(tokens).logits == same, "at capacity 1 it is the model with experts")
        session.capacity = try #require(Capacity(0.5))
        let routings = try session.run(tokens).routings
        #expect(routings.contains { $0.depth < 8 })
        for routing in routings.dropFirst(4) {
            #expect(
                zip(routing.grades, routing.experts).allSatisfy { ($0.0 > .bypassed ? 2 : 0) == $0.1.count })
        }
    }

    @Test("What cannot be split is refused, and it is said what can")
    func refusals() throws {
        let bench = try Workbench()
        let dense = try bench.model(Workbench.dense)
        let corpus = dense.corpus(texts: 1, length: 20)
        func refusal(_ model: MoDModel, _ count: Int, _ used: Int) -> WorkshopError? {
            #expect(throws: WorkshopError.self) {
                try ExpertSplit(
                    dense: model, count: count, used: used, isIntegrated: false, corpus: corpus, threads: 1)
            }
        }
        #expect(refusal(dense, 4, 2)?.description.contains("take 3.") == true)
        for count in [-1, 0, 1, 96, .max] { #expect(refusal(dense, count, 1) != nil) }
        for used in [-1, 0, 4] { #expect(refusal(dense, 3, used) != nil) }
        #expect(refusal(try bench.model(TinyModel()), 3, 1) == .hasRouters)
        let (_, split) = try split(bench, used: 2)
        #expect(refusal(split, 3, 2)?.description.contains("experts already") == true)
        #expect(throws: WorkshopError.self) { try DenseFile(split).write(to: bench.path("dense.gguf")) }
    }
}
