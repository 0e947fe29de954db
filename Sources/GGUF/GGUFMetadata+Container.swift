/// The keys that describe the container rather than the model.
extension GGUFMetadata {
    static let alignmentKey = "general.alignment"
    static let shardNumberKey = "split.no"
    static let shardCountKey = "split.count"
    static let shardTensorsKey = "split.tensors.count"
    static let shardKeys = [shardNumberKey, shardCountKey, shardTensorsKey]

    /// The longest key, in bytes.
    static let keyLimit = 65535

    /// The bytes at whose multiples tensors begin where the file does not say.
    static let defaultAlignment = 32

    /// The bytes at whose multiples tensors begin, `defaultAlignment` where the metadata do not say; nil for a value
    /// that is no u32 or no power of two from 8 on.
    ///
    /// The specification asks for a multiple of 8, so that numbers of any type may be read in place.
    var alignment: Int? {
        guard let value = self[Self.alignmentKey] else { return Self.defaultAlignment }
        guard case .uint32(let alignment) = value, alignment >= 8, alignment.nonzeroBitCount == 1 else {
            return nil
        }
        return Int(alignment)
    }
}
