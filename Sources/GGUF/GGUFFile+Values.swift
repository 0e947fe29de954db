extension GGUFFile {
    /// The value of `key`, which must be there.
    ///
    /// - Throws: `GGUFError.missingKey`, or `.wrongType` when the value is not or does not fit a `Value`.
    public func value<Value: GGUFConvertible>(
        _ key: String, as type: Value.Type = Value.self
    ) throws(GGUFError) -> Value {
        guard let value = try valueIfPresent(key, as: type) else {
            throw .missingKey(path: path, key: key)
        }
        return value
    }

    /// The value of `key`, nil when there is none.
    ///
    /// - Throws: `GGUFError.wrongType` when the value is not or does not fit a `Value`.
    public func valueIfPresent<Value: GGUFConvertible>(
        _ key: String, as type: Value.Type = Value.self
    ) throws(GGUFError) -> Value? {
        guard let stored = metadata[key] else { return nil }
        guard let value = Value(gguf: stored) else {
            throw .wrongType(path: path, key: key, expected: Value.ggufExpectation, actual: stored.summary)
        }
        return value
    }

    /// The text of `key`. Throws as `value(_:as:)` does.
    public func string(_ key: String) throws(GGUFError) -> String { try value(key) }

    /// The integer of `key`, stored in any width that fits. Throws as `value(_:as:)` does.
    public func int(_ key: String) throws(GGUFError) -> Int { try value(key) }

    /// The texts of `key`. Throws as `value(_:as:)` does.
    public func strings(_ key: String) throws(GGUFError) -> [String] { try value(key) }
}
