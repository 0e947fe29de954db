import GGUF
package import MoDModel

/// How models are written.
package enum ModelFiles {
    /// Bytes in one shard: under the 50 MB that code hosts accept.
    package static let shardLimit = 49_900_000

    /// Bytes that a shard has beside its tensors, at most, where it is not the first, which has all keys.
    private static let headerBytes = 100_000

    /// Bytes in one shard of a model to be written; nil, one file, where a tensor alone takes more, so that no code
    /// host would accept it anyway.
    package static func shardLimit(for model: MoDModel, most: Int = shardLimit) -> Int? {
        let type = GGMLType.q8_0
        let largest = model.file.tensors.reduce(0) {
            max($0, $1.elementCount / type.blockLength * type.blockBytes)
        }
        return largest <= most - headerBytes ? most : nil
    }
}
