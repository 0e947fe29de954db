import GGUF
import MoDModel
import ModelWorkshop
import TestSupport
import Testing

@Suite("New thresholds for a model")
struct RecalibrationTests {
    private static let table = ThresholdTable(
        capacities: [0, 0.5, 1],
        rows: [.init([3, 2, 1], share: [0, 0.25, 1]), .init([0.5, 0.25, -8], share: [0, 0.75, 1])])

    /// Every tensor's name, shape, type and bytes, but for the thresholds and shares.
    private func others(_ file: GGUFFile) -> [String: [[Int]]] {
        var result: [String: [[Int]]] = [:]
        for tensor in file.tensors
        where !tensor.name.hasSuffix("threshold") && !tensor.name.hasSuffix("share") {
            result[tensor.name] = [
                tensor.shape, [Int(tensor.type.rawValue)], tensor.bytes.map(Int.init),
            ]
        }
        return result
    }

    @Test("Only thresholds, grid and default capacity change", arguments: [nil, 100_000])
    func onlyThresholds(shardLimit: Int?) throws {
        let bench = try Workbench()
        let model = try bench.model(TinyModel())
        let table = try #require(Self.table)
        let paths = try Recalibration(model: model, table: table, defaultCapacity: Capacity(0.75))
            .write(to: bench.path("new.gguf"), shardLimit: shardLimit)
        #expect((paths.count > 1) == (shardLimit != nil))
        let new = try MoDModel(contentsOf: paths[0])
        #expect(new.thresholds == table)
        #expect(new.description.defaultCapacity.value == 0.75)
        #expect(others(new.file) == others(model.file))
        // Shares are written where there were none.
        #expect(new.file.tensors.count == model.file.tensors.count + 2)
        var expected = model.file.metadata
        expected["mod-llama.routing.capacities"] = .array(.float32([0, 0.5, 1]))
        expected["mod-llama.routing.default_capacity"] = .float32(0.75)
        for (key, value) in expected {
            #expect(new.file.metadata[key] == value, "\(key)")
        }
        #expect(
            new.file.metadata.keys.filter { !$0.hasPrefix("split.") }.sorted()
                == expected.keys.filter { !$0.hasPrefix("split.") }.sorted())
    }

    @Test("The default capacity stays unless another is given, and shards become one file")
    func keepsDefault() throws {
        let bench = try Workbench()
        var shape = TinyModel()
        shape.defaultCapacity = 0.625
        let table = try #require(Self.table)
        let shards = try Recalibration(model: bench.model(shape), table: table, defaultCapacity: nil)
            .write(to: bench.path("shards.gguf"), shardLimit: 100_000)
        let split = try MoDModel(contentsOf: shards[0])
        let whole = try Recalibration(model: split, table: table, defaultCapacity: nil)
            .write(to: bench.path("whole.gguf"), shardLimit: nil)
        #expect(whole == [bench.path("whole.gguf")])
        let model = try MoDModel(contentsOf: whole[0])
        #expect(model.description.defaultCapacity.value == 0.625)
        #expect(!model.file.metadata.keys.contains { $0.hasPrefix("split.") })
        #expect(others(model.file) == others(split.file))
    }

    @Test("Into the file the model is read from")
    func inPlace() throws {
        let bench = try Workbench()
        let model = try bench.model(TinyModel())
        let table = try #require(Self.table)
        let paths = try Recalibration(model: model, table: table, defaultCapacity: nil)
            .write(to: model.file.path, shardLimit: nil)
        #expect(try MoDModel(contentsOf: paths[0]).thresholds == table)
        #expect(try bench.names().count == 1)
    }

    @Test("A folder that is not there")
    func unwritable() throws {
        let model = try Workbench().model(TinyModel())
        let table = try #require(Self.table)
        #expect(throws: WorkshopError.self) {
            try Recalibration(model: model, table: table, defaultCapacity: nil)
                .write(to: "/nonexistent/new.gguf", shardLimit: nil)
        }
    }
}
