/// A model's keys and values, in the order of the file.
public struct GGUFMetadata: Sendable, Hashable {
    /// The keys, in order.
    public private(set) var keys: [String] = []
    private var values: [String: GGUFValue] = [:]

    /// Creates empty metadata.
    public init() {}

    /// How many keys there are.
    public var count: Int { keys.count }

    /// The value of `key`, nil when there is none. A new key goes to the end; setting nil removes it.
    public subscript(key: String) -> GGUFValue? {
        get { values[key] }
        set {
            let old = values[key]
            values[key] = newValue
            switch (old, newValue) {
            case (nil, .some): keys.append(key)
            case (.some, nil): keys.removeAll { $0 == key }
            default: break
            }
        }
    }
}

extension GGUFMetadata: ExpressibleByDictionaryLiteral {
    /// Creates metadata in the order of the literal; of a key given twice, the later value counts.
    public init(dictionaryLiteral elements: (String, GGUFValue)...) {
        for (key, value) in elements {
            self[key] = value
        }
    }
}

extension GGUFMetadata: Sequence {
    /// Iterates over keys and values in order.
    public func makeIterator() -> AnyIterator<(key: String, value: GGUFValue)> {
        var keys = keys.makeIterator()
        return AnyIterator {
            guard let key = keys.next(), let value = values[key] else { return nil }
            return (key, value)
        }
    }
}
