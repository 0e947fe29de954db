/// The keys that describe the container rather than the model.
extension GGUFMetadata {
    static let alignmentKey = "general.alignment"
    static let shardNumberKey = "split.no"
    static let shardCountKey = "split.count"
    static let shardTensorsKey = "split.tensors.count"
    static let shardKeys = [shardNumberKey, shardCountKey, shardTensorsKey]

    /// The longest key, in bytes.
    static let keyLimit = 65535

    /// What tensors begin at multiples of where the file does not say.
    static let defaultAlignment = 32

    /// Tensors begin at multiples of this, 32 when the key is missing; nil when the value will not do.
    ///
    /// A multiple of 8 by the specification, so that any element type may be read in place.
    var alignment: Int? {
        guard let value = self[Self.alignmentKey] else { return Self.defaultAlignment }
        guard case .uint32(let alignment) = value, alignment >= 8, alignment.nonzeroBitCount == 1 else {
            return nil
        }
        return Int(alignment)
    }
}
