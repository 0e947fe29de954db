import GGUF
import MoDModel
import TestSupport
import Testing

@Suite("Models that need more memory than there is")
struct LargeModelTests {
    @Test("One whose matrices must be converted is refused before that, with what it needs")
    func converted() throws {
        var parts = try ModelParts()
        let matrices = parts.tensors.filter { $0.type == .q8_0 }
        let bytes = matrices.reduce(0) { $0 + $1.byteCount }
        for tensor in matrices {
            try parts.set(tensor.name, shape: tensor.shape, floats: tensor.floats())
        }
        let file = try parts.open().file
        #expect(file.tensors.allSatisfy { $0.type == .f32 } && bytes > 100_000)
        #expect(throws: ModelError.tooLarge(needed: bytes, available: bytes - 1)) {
            try MoDModel(file: file, availableMemory: bytes - 1)
        }
        #expect(try MoDModel(file: file, availableMemory: bytes).configuration.blockCount == 4)
    }

    @Test("One in Q8_0 is read in place, routers and experts or not", arguments: [false, true])
    func mapped(hasExperts: Bool) throws {
        var shape = TinyModel()
        if hasExperts { shape.experts = .init() }
        let file = try ModelParts(shape).open().file
        #expect(try MoDModel(file: file, availableMemory: 0).configuration.blockCount == 4)
    }
}
