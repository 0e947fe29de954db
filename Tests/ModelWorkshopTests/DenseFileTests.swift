import GGUF
import MoDModel
import ModelWorkshop
import TestSupport
import Testing

@Suite("The dense copy")
struct DenseFileTests {
    @Test("A model without its routers is the model at capacity 1, bit for bit")
    func copy() throws {
        let bench = try Workbench()
        let model = try bench.model(TinyModel())
        let path = bench.path("dense.gguf")
        try DenseFile(model).write(to: path)
        let copy = try MoDModel(contentsOf: path)
        #expect(copy.description.routedBlocks.isEmpty)
        let session = try model.session()
        session.capacity = .dense
        let tokens = model.tokens(20)
        let expected = try session.run(tokens).logits
        #expect(try copy.session().run(tokens).logits == expected)
    }

    @Test("It says nothing of routing, and all else under the prefix that other programs know")
    func keys() throws {
        let bench = try Workbench()
        let model = try bench.model(TinyModel())
        let path = bench.path("dense.gguf")
        try DenseFile(model).write(to: path)
        let file = try GGUFFile(path: path)
        #expect(try file.string("general.architecture") == "llama")
        #expect(try file.int("llama.block_count") == 4)
        #expect(file.metadata["tokenizer.ggml.tokens"] == model.file.metadata["tokenizer.ggml.tokens"])
        #expect(!file.metadata.keys.contains { $0.hasPrefix("mod-llama") || $0.contains("routing") })
        #expect(!file.tensors.contains { $0.name.contains("router") })
        let matrices = file.tensors.filter { $0.shape.count > 1 }
        #expect(!matrices.isEmpty && matrices.allSatisfy { $0.type == .q8_0 })
    }
}
