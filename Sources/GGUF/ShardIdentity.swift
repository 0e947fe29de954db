/// Which of a model's files a file says it is; a file that says nothing is the only one.
struct ShardIdentity: CustomStringConvertible {
    /// From 1 to `count`; the key in the file counts from 0.
    let number: Int
    let count: Int

    init(_ metadata: GGUFMetadata, path: String) throws(GGUFError) {
        number = try Self.value(GGUFMetadata.shardNumberKey, in: metadata, path: path, otherwise: 0) + 1
        count = try Self.value(GGUFMetadata.shardCountKey, in: metadata, path: path, otherwise: 1)
    }

    var description: String {
        "file \(number) of \(count)"
    }

    private static func value(
        _ key: String, in metadata: GGUFMetadata, path: String, otherwise: Int
    ) throws(GGUFError) -> Int {
        guard let value = metadata[key] else { return otherwise }
        guard let number = UInt16(gguf: value) else {
            throw .wrongType(path: path, key: key, expected: UInt16.ggufExpectation, actual: value.summary)
        }
        return Int(number)
    }
}
