import Foundation
import GGUF
import MoDModel
import ModelWorkshop
import TestSupport
import Testing

@Suite("Conversion")
struct ModelConverterTests {
    let bench: Workbench
    let dense: MoDModel
    let corpus: ChatCorpus

    init() throws {
        bench = try Workbench()
        // One that gets no thin path, so that its weights stay what they are.
        dense = try bench.modelOfBalancedUnits()
        corpus = dense.corpus(texts: 4, length: 120)
    }

    /// Converts, and notes how far it says it is.
    @discardableResult
    private func convert(
        name: String? = nil, capacity: Capacity = .dense, shardLimit: Int? = nil,
        stages: ((ModelConverter.Stage) -> Void) = { _ in }
    ) throws -> [String] {
        try ModelConverter(dense: dense, corpus: corpus, threads: 1).write(
            to: bench.path("mod.gguf"), name: name, defaultCapacity: capacity, shardLimit: shardLimit,
            progress: stages)
    }

    @Test("The file has the keys of the format, and those of the dense model under its prefix")
    func keys() throws {
        let file = try GGUFFile(path: convert(name: "Tiny-MoD", capacity: #require(Capacity(0.75)))[0])
        #expect(try file.string("general.architecture") == "mod-llama")
        #expect(try file.string("general.name") == "Tiny-MoD")
        #expect(try file.int("general.file_type") == 7)
        #expect(try file.value("mod-llama.routing.blocks", as: [Int].self) == [2, 3, 4, 5])
        #expect(try file.string("mod-llama.routing.gate") == "hard")
        #expect(try file.string("mod-llama.routing.kv") == "all")
        #expect(try file.int("mod-llama.routing.anchor_tokens") == 4)
        let capacities = try file.value("mod-llama.routing.capacities", as: [Float].self)
        #expect(capacities == (0...16).map { Float($0) / 16 })
        #expect(try file.value("mod-llama.routing.default_capacity", as: Float.self) == 0.75)
        #expect(file.metadata["mod-llama.routing.thin_width"] == nil)
        for (key, value) in dense.file.metadata where !key.hasPrefix("general.") {
            let renamed = key.hasPrefix("llama.") ? "mod-\(key)" : key
            #expect(file.metadata[renamed] == value, "\(key)")
        }
        #expect(!file.metadata.keys.contains { $0.hasPrefix("llama.") })
    }

    @Test("What a model without routed blocks says of a routing is left out, its thin path above all")
    func routingKeys() throws {
        var metadata: GGUFMetadata = [:]
        for (key, value) in dense.file.metadata {
            metadata[key.hasPrefix("llama.") ? "mod-\(key)" : key] = value
        }
        metadata["general.architecture"] = .string("mod-llama")
        metadata["mod-llama.routing.blocks"] = .array(.uint32([]))
        metadata["mod-llama.routing.gate"] = .string("scaled")
        metadata["mod-llama.routing.kv"] = .string("routed")
        metadata["mod-llama.routing.anchor_tokens"] = .uint32(2)
        metadata["mod-llama.routing.thin_width"] = .float32(1.0 / 3)
        metadata["mod-llama.routing.default_capacity"] = .float32(0.5)
        var writer = GGUFWriter(metadata: metadata)
        for tensor in dense.file.tensors { try writer.add(tensor) }
        try writer.write(to: bench.path("unrouted.gguf"))
        let unrouted = try MoDModel(contentsOf: bench.path("unrouted.gguf"))
        let path = try ModelConverter(dense: unrouted, corpus: corpus, threads: 1).write(
            to: bench.path("mod.gguf"), name: nil, defaultCapacity: .dense, shardLimit: nil
        ) { _ in }[0]
        let converted = try MoDModel(contentsOf: path)
        #expect(converted.configuration.routing.thinLength == nil)
        #expect(converted.configuration.routing.anchorTokens == 4)
        #expect(converted.file.metadata["mod-llama.routing.thin_width"] == nil)
    }

    @Test("A corpus without a token that is no anchor is refused before anything is fitted")
    func shortTexts() throws {
        let short = dense.corpus(texts: 3, length: 4)
        let error = try #require(throws: WorkshopError.self) {
            try ModelConverter(dense: dense, corpus: short, threads: 1)
        }
        #expect("\(error)".contains("more than 4 tokens"))
    }

    @Test("The file has the weights of the dense model and a router for each routed block")
    func tensors() throws {
        let file = try GGUFFile(path: convert()[0])
        for tensor in dense.file.tensors {
            let copy = try file.tensor(tensor.name)
            #expect(copy.shape == tensor.shape && copy.type == tensor.type)
            #expect(copy.bytes.elementsEqual(tensor.bytes))
        }
        for block in 2..<6 {
            let router = "blk.\(block).depth_router"
            let shapes = try ["in.weight", "in.bias", "out.weight", "out.bias", "threshold", "share"].map {
                let tensor = try file.tensor("\(router).\($0)")
                #expect(tensor.type == .f32)
                return tensor.shape
            }
            #expect(shapes == [[64, 2], [2], [2], [1], [17], [17]])
        }
        for block in 2..<6 {
            let standIn = "blk.\(block).depth_stand_in"
            let tensors = try ["in.weight", "out.weight", "out.bias"].map {
                try file.tensor("\(standIn).\($0)")
            }
            #expect(tensors.map(\.shape) == [[64, 32], [32, 64], [64]])
            #expect(tensors.map(\.type) == [.q8_0, .q8_0, .f32])
        }
        #expect(file.tensors.count == dense.file.tensors.count + 4 * 9)
        #expect(try file.string("general.name") == "Tiny")
    }

    @Test("At capacity 1 it is the dense model, bit for bit; below, blocks are bypassed")
    func sameLogits() throws {
        let tokens = dense.tokens(60, seed: 77)
        let expected = try dense.session().run(tokens).logits
        let session = try MoDModel(contentsOf: convert()[0]).session()
        #expect(session.capacity == .dense)
        let converted = try session.run(tokens)
        #expect(zip(converted.logits, expected).allSatisfy { $0.map(\.bitPattern) == $1.map(\.bitPattern) })
        #expect(converted.routings.allSatisfy { $0.depth == 8 })
        session.capacity = try #require(Capacity(0.5))
        let depths = try session.run(tokens).routings.dropFirst(4).map(\.depth)
        #expect(depths.contains { $0 < 7 } && depths.contains { $0 > 4 })
    }

    @Test("Weights of other types become int8 as the engine would make them")
    func otherTypes() throws {
        var writer = GGUFWriter(metadata: dense.file.metadata)
        for tensor in dense.file.tensors {
            if tensor.rowCount > 1 {
                let floats = try tensor.floats()
                try writer.add(name: tensor.name, shape: tensor.shape, floats: floats)
            } else {
                let halves = try tensor.floats().map(HalfFloat.bits)
                try writer.add(name: tensor.name, shape: tensor.shape, type: .f16) { bytes in
                    halves.withUnsafeBytes { bytes.copyMemory(from: $0) }
                }
            }
        }
        try writer.write(to: bench.path("wide.gguf"))
        let wide = try MoDModel(contentsOf: bench.path("wide.gguf"))
        _ = try ModelConverter(dense: wide, corpus: corpus, threads: 1).write(
            to: bench.path("mod.gguf"), name: nil, defaultCapacity: .dense, shardLimit: nil
        ) { _ in }
        let converted = try MoDModel(contentsOf: bench.path("mod.gguf"))
        #expect(
            converted.file.tensors.allSatisfy {
                $0.type == ($0.name.contains("router") || $0.rowCount == 1 ? .f32 : .q8_0)
            })
        let tokens = dense.tokens(20)
        #expect(try converted.session().run(tokens).logits == wide.session().run(tokens).logits)
    }

    @Test("A small shard limit splits it, and the first shard opens it")
    func shards() throws {
        let whole = try MoDModel(contentsOf: convert()[0])
        let paths = try convert(shardLimit: 100_000)
        #expect(paths.count > 2 && paths[0].hasSuffix("mod-00001-of-0000\(paths.count).gguf"))
        for path in paths {
            let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
            #expect(try #require(size) <= 100_000)
        }
        let split = try MoDModel(contentsOf: paths[0])
        #expect(split.description == whole.description && split.thresholds == whole.thresholds)
        let tokens = dense.tokens(20)
        #expect(try split.session().run(tokens).logits == whole.session().run(tokens).logits)
    }

    @Test("It says how far it is")
    func progress() throws {
        var stages: [ModelConverter.Stage] = []
        try convert { stages.append($0) }
        let shares = stages.compactMap { if case .calibrating(let share) = $0 { share } else { nil } }
        let routers = stages.compactMap { if case .fittingRouters(let share) = $0 { share } else { nil } }
        let standIns = stages.compactMap { if case .fittingStandIns(let share) = $0 { share } else { nil } }
        let trials = stages.compactMap { if case .triedThinPath(let trial) = $0 { trial } else { nil } }
        let trial = try #require(trials.first)
        let order = stages.compactMap { stage -> Int? in
            switch stage {
            case .fittingRouters: 0
            case .fittingStandIns: 1
            case .triedStandIns: 2
            case .measuringCosts: 3
            case .triedCosts: 4
            case .tryingThinPath: 5
            case .triedThinPath: 6
            case .tuning, .triedTuning: nil
            case .calibrating: 7
            case .writing: 8
            }
        }
        #expect(order == order.sorted() && Set(order) == Set(0...8))
        #expect(stages.contains(.triedThinPath(trial)))
        #expect(shares == shares.sorted() && shares.first == 0)
        // Routers: a step a text. Stand-ins, twice: two runs, four blocks, a run for the routers.
        #expect(routers == [0, 0.25, 0.5, 0.75])
        #expect(standIns == standIns.sorted() && standIns.first == 0 && standIns.last.map { $0 < 1 } == true)
        #expect(standIns.count == 2 * (4 + 4 + 4 + 4) && Set(standIns).count == standIns.count)
    }

    @Test("A thin path that does harm is tried and left out")
    func withoutThinPath() throws {
        var trial: ThinPathTrial?
        let path = try convert { if case .triedThinPath(let found) = $0 { trial = found } }[0]
        let found = try #require(trial)
        #expect(!found.isWorthwhile && found.divergence > found.divergenceWithout)
        #expect(try MoDModel(contentsOf: path).configuration.routing.thinLength == nil)
        #expect(try !GGUFFile(path: path).tensors.contains { $0.name.contains("thin") })
    }

    @Test("A thin path that does good is kept: units sorted, both thresholds there, in full the dense model")
    func withThinPath() throws {
        let dense = try bench.modelOfFewUnits()
        var trial: ThinPathTrial?
        let path = try ModelConverter(dense: dense, corpus: corpus, threads: 1).write(
            to: bench.path("mod.gguf"), name: nil, defaultCapacity: .dense, shardLimit: nil
        ) { if case .triedThinPath(let found) = $0 { trial = found } }[0]
        let found = try #require(trial)
        #expect(found.isWorthwhile && found.divergence < 0.5 * found.divergenceWithout, "\(found)")
        // Of four texts of 120 tokens every token but the first is predicted.
        #expect(found.length == 32 && found.feedForwardLength == 96 && found.tokens == 4 * 119)

        let model = try MoDModel(contentsOf: path)
        #expect(model.configuration.routing.thinLength == 32)
        #expect(model.file.tensors.count == dense.file.tensors.count + 4 * 11)
        for block in 2..<6 {
            // The units that do the work are the first third.
            let down = try model.file.tensor("blk.\(block).ffn_down.weight").floats()
            let columns = (0..<96).map { column in
                stride(from: column, to: down.count, by: 96).reduce(0) { max($0, down[$1].magnitude) }
            }
            #expect(try #require(columns[..<32].min()) > 3 * #require(columns[32...].max()))
        }
        let tokens = dense.tokens(100, seed: 77)
        let session = try model.session()
        let divergence = try zip(session.run(tokens).logits, dense.session().run(tokens).logits).map { q, p in
            q.withUnsafeBufferPointer { q in
                p.withUnsafeBufferPointer { DenseComparison.divergence(of: q, from: $0) }
            }
        }
        // `down` is rounded in other groups.
        #expect(divergence.reduce(0, +) / 100 < 0.005, "\(divergence.reduce(0, +) / 100) nats")
        session.capacity = try #require(Capacity(0.75))
        session.policy = .table
        let routings = try session.run(tokens).routings.dropFirst(4)
        let work = routings.reduce(0) {
            $0 + $1.work(at: [2, 3, 4, 5], thinWork: model.description.weights.thinWork) / 4
        }
        #expect((work / 96 - 0.75).magnitude < 0.12, "\(work / 96)")
        #expect(Set(routings.flatMap(\.grades)).isSuperset(of: [.thin, .full]))
    }

    @Test("Where nothing tells what a thin path is worth, there is none")
    func untold() throws {
        let dense = try bench.modelOfFewUnits()
        let mute = corpus.chats.map { ScoredText($0.tokens, counts: $0.tokens.map { _ in false }) }
        var trials: [ThinPathTrial] = []
        let path = try ModelConverter(dense: dense, corpus: ChatCorpus(chats: mute), threads: 1).write(
            to: bench.path("mod.gguf"), name: nil, defaultCapacity: .dense, shardLimit: nil
        ) { stage in
            if case .triedThinPath(let trial) = stage { trials.append(trial) }
        }[0]
        try #require(trials.count == 1)
        #expect(trials[0].tokens == 0 && trials[0].divergence.isNaN && !trials[0].isWorthwhile)
        #expect(try MoDModel(contentsOf: path).configuration.routing.thinLength == nil)
    }

    @Test("A feed-forward too short to be parted is not tried")
    func short() throws {
        var shape = Workbench.dense
        shape.feedForwardLength = 32
        var stages: [ModelConverter.Stage] = []
        _ = try ModelConverter(dense: bench.model(shape), corpus: corpus, threads: 1).write(
            to: bench.path("mod.gguf"), name: nil, defaultCapacity: .dense, shardLimit: nil
        ) { stages.append($0) }
        #expect(stages.contains(.calibrating(0)) && !stages.contains(.tryingThinPath))
    }

    @Test("Nothing is left behind but the model, or nothing at all after a failure")
    func draft() throws {
        let before = try bench.names()
        try convert()
        #expect(try bench.names() == (before + ["mod.gguf"]).sorted())
        // A directory in the way of the result: the draft can be written, the model cannot.
        try FileManager.default.removeItem(atPath: bench.path("mod.gguf"))
        try FileManager.default.createDirectory(
            atPath: bench.path("mod.gguf/inside"), withIntermediateDirectories: true)
        #expect(throws: WorkshopError.self) { try convert() }
        #expect(try bench.names() == (before + ["mod.gguf"]).sorted())
        // A corpus the model cannot run: the fit fails.
        let foreign = ChatCorpus(chats: [ScoredText([1, 2, 30_000])])
        #expect(throws: WorkshopError.self) {
            try ModelConverter(dense: dense, corpus: foreign, threads: 1).write(
                to: bench.path("other.gguf"), name: nil, defaultCapacity: .dense, shardLimit: nil
            ) { _ in }
        }
        #expect(try bench.names() == (before + ["mod.gguf"]).sorted())
    }

    /// Wherever it stops: while routers are fitted, while a thin path is tried, between any two capacities.
    @Test("It goes on where it was, and the model is the same to the last bit", arguments: [true, false])
    func resumes(isThin: Bool) throws {
        let dense = isThin ? try bench.modelOfFewUnits() : self.dense
        let converter = try ModelConverter(dense: dense, corpus: corpus, threads: 1)
        func convert(_ name: String, keepsState: Bool, progress: (ModelConverter.Stage) -> Void) throws
            -> [String]
        {
            try converter.write(
                to: bench.path(name), name: nil, defaultCapacity: .dense, shardLimit: nil,
                keepsState: keepsState, progress: progress)
        }
        var states: [Data] = []
        let whole = try convert("whole.gguf", keepsState: true) { _ in
            let path = ModelConverter.statePath(for: bench.path("whole.gguf"))
            if let data = FileManager.default.contents(atPath: path), data != states.last {
                states.append(data)
            }
        }
        // Routers; stand-ins, a verdict; costs, a verdict; the thin path, a verdict; one a capacity between none and
        // all.
        #expect(states.count == 7 + 15)
        let expected = try Data(contentsOf: URL(filePath: whole[0]))
        for (index, state) in states.enumerated() where index < 8 || index.isMultiple(of: 7) {
            let name = "resumed-\(index).gguf"
            let statePath = ModelConverter.statePath(for: bench.path(name))
            try state.write(to: URL(filePath: statePath))
            var stages: [ModelConverter.Stage] = []
            let path = try convert(name, keepsState: true) { stages.append($0) }[0]
            #expect(!stages.contains { if case .fittingRouters = $0 { true } else { false } })
            #expect(stages.contains(.writing))
            #expect(try Data(contentsOf: URL(filePath: path)) == expected, "from state \(index)")
            #expect(!FileManager.default.fileExists(atPath: statePath))
        }
        #expect(try !bench.names().contains { $0.contains("unfinished") || $0.contains("partial") })
    }

    @Test("It does not go on with what another conversion found, nor with what is damaged")
    func foreignState() throws {
        let converter = try ModelConverter(dense: dense, corpus: corpus, threads: 1)
        let path = bench.path("mod.gguf")
        let statePath = ModelConverter.statePath(for: path)
        func refusal(_ converter: ModelConverter) throws -> String {
            let error = #expect(throws: WorkshopError.self) {
                try converter.write(
                    to: path, name: nil, defaultCapacity: .dense, shardLimit: nil, keepsState: true
                ) { _ in }
            }
            return error?.description ?? ""
        }
        var state: Data?
        _ = try converter.write(
            to: path, name: nil, defaultCapacity: .dense, shardLimit: nil, keepsState: true
        ) { _ in state = FileManager.default.contents(atPath: statePath) ?? state }
        let sound = try #require(state)
        try sound.write(to: URL(filePath: statePath))
        let other = dense.corpus(texts: 4, length: 120, seed: 9)
        #expect(
            try refusal(ModelConverter(dense: dense, corpus: other, threads: 1)).contains(
                "of another model or other"))
        try sound.prefix(sound.count / 2).write(to: URL(filePath: statePath))
        #expect(try refusal(converter).contains(statePath))
        // Without resuming it is neither read nor touched.
        _ = try converter.write(to: path, name: nil, defaultCapacity: .dense, shardLimit: nil) { _ in }
        #expect(FileManager.default.fileExists(atPath: statePath))
    }

    @Test("A model with routers, and one with too few blocks, are refused")
    func unsuitable() throws {
        func refusal(_ shape: TinyModel) throws -> WorkshopError {
            let model = try bench.model(shape)
            return try #require(throws: WorkshopError.self) {
                try ModelConverter(dense: model, corpus: corpus, threads: 1)
            }
        }
        #expect(try refusal(TinyModel()) == .hasRouters)
        var shape = Workbench.dense
        shape.blockCount = 4
        #expect(try "\(refusal(shape))".contains("only 4 blocks"))
        shape.blockCount = 5
        #expect(throws: Never.self) {
            try ModelConverter(dense: bench.model(shape), corpus: corpus, threads: 1)
        }
    }

    @Test(
        "The reference implementation of the format reads it",
        .enabled(if: Python.hasGGUF, "python3 with the package gguf is not installed"))
    func reference() throws {
        let path = try convert()[0]
        let script = """
            import sys, gguf
            reader = gguf.GGUFReader(sys.argv[1])
            print(reader.fields["general.architecture"].contents())
            print(reader.fields["mod-llama.routing.blocks"].contents())
            for tensor in reader.tensors:
                print(tensor.name, tensor.tensor_type.name, [int(n) for n in tensor.shape])
            """
        let file = try GGUFFile(path: path)
        let expected =
            ["mod-llama", "[2, 3, 4, 5]"]
            + file.tensors.map { "\($0.name) \("\($0.type)".uppercased()) \($0.shape)" }
        #expect(try Python.run(script, path).split(separator: "\n").map(String.init) == expected)
    }
}
