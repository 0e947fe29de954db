import GGUF
import MoDModel
import TestSupport
import Testing
import fathom

@Suite("Shards of models that are written")
struct ShardLimitTests {
    @Test("A model with a tensor that no shard has room for is written as one file")
    func largestTensor() throws {
        let directory = try TemporaryDirectory()
        let model = try MoDModel(contentsOf: TinyModel().write(into: directory.url))
        let largest = try #require(model.file.tensors.map(\.byteCount).max())
        #expect(ModelFiles.shardLimit(for: model) == ModelFiles.shardLimit)
        #expect(ModelFiles.shardLimit(for: model, most: largest + 100_000) == largest + 100_000)
        #expect(ModelFiles.shardLimit(for: model, most: largest + 99_999) == nil)
    }
}
