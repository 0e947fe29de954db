import Foundation
import GGUF
import MoDModel
import TestSupport
import Testing

@Suite("Families")
struct FamilyTests {
    private func parts(_ family: ModelFamily) throws -> ModelParts {
        try ModelParts(Variant(gate: .hard, kv: .all, family: family).shape)
    }

    @Test("Each opens, dense or routed, and says which it is", arguments: ModelFamily.all)
    func opens(family: ModelFamily) throws {
        let routed = try parts(family)
        #expect(try routed.open().configuration.family == family)
        #expect(routed.metadata["general.architecture"] == .string(family.routedArchitecture))
        let dense = try routed.dense().open()
        #expect(dense.configuration.family == family && dense.description.routedBlocks.isEmpty)
        #expect(try dense.file.string("general.architecture") == family.architecture)
    }

    @Test("What a family has, its blocks must have", arguments: ModelFamily.all)
    func missing(family: ModelFamily) throws {
        // A bias of the gate any routed model may have.
        for tensor in BlockTensor.allCases where tensor != .expertGateBias {
            var parts = try parts(family)
            let name = tensor.name(block: 2)
            let has = parts.tensors.contains { $0.name == name }
            if has {
                parts.remove(name)
            } else {
                parts.set(name, shape: [64], floats: [Float](repeating: 1, count: 64))
            }
            let error = #expect(throws: ModelError.self) { try parts.open() }
            #expect(error?.description.contains(name) == true)
        }
    }

    @Test(
        "Parts of a block matter: biases and norms",
        arguments: [
            (ModelFamily.qwen2, BlockTensor.queryBias), (.qwen2, .keyBias), (.qwen2, .valueBias),
            (.qwen3, .queryNorm), (.qwen3, .keyNorm), (.qwen2MoE, .sharedExpertGate), (.qwen2MoE, .queryBias),
            (.qwen3MoE, .queryNorm),
        ])
    func matters(family: ModelFamily, tensor: BlockTensor) throws {
        let whole = try parts(family)
        let model = try whole.open()
        let name = tensor.name(block: 1)
        var other = whole
        let floats = try model.file.tensor(name).floats()
        other.set(name, shape: [floats.count], floats: floats.map { $0 + 0.5 })
        let tokens = model.tokens(20)
        let changed = try other.open().session(capacity: .dense).feed(tokens, chunks: [20])
        #expect(try model.session(capacity: .dense).feed(tokens, chunks: [20]).logits != changed.logits)
    }

    /// The recipe, in Python, writes what the engine reads: `assets/recipe/names.py` spells the names once more.
    @Test("Engine and recipe spell the names of routing alike")
    func recipe() throws {
        let repository = (0..<3).reduce(URL(filePath: #filePath)) { url, _ in url.deletingLastPathComponent()
        }
        let text = try String(
            contentsOf: repository.appending(path: "assets/recipe/names.py"), encoding: .utf8)
        let assignment = /(?m)^[A-Z_]+ = "(.+)"$/
        let spelled = text.matches(of: assignment).map { String($0.output.1) }
        let keys = ModelKey.allCases.filter(\.isOfRouting).map(\.rawValue)
        let expected = [ModelFamily.llama.routedArchitecture] + keys + RouterTensor.allCases.map(\.rawValue)
        #expect(spelled.sorted() == expected.sorted())
    }
}
