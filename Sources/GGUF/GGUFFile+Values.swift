extension GGUFFile {
    /// The value of the metadata key `key`, which must be there.
    ///
    /// - Throws: `GGUFError.missingKey` without it, `.wrongType` when it is no `Value` or does not fit one.
    public func value<Value: GGUFConvertible>(
        _ key: String, as type: Value.Type = Value.self
    ) throws(GGUFError) -> Value {
        guard let value = try valueIfPresent(key, as: type) else {
            throw .missingKey(path: path, key: key)
        }
        return value
    }

    /// The value of the metadata key `key`; nil without it.
    ///
    /// - Throws: `GGUFError.wrongType` when the value is no `Value` or does not fit one.
    public func valueIfPresent<Value: GGUFConvertible>(
        _ key: String, as type: Value.Type = Value.self
    ) throws(GGUFError) -> Value? {
        guard let stored = metadata[key] else { return nil }
        guard let value = Value(gguf: stored) else {
            throw .wrongType(path: path, key: key, expected: Value.ggufExpectation, actual: stored.summary)
        }
        return value
    }

    /// The text of the metadata key `key`.
    ///
    /// - Throws: `GGUFError.missingKey` without it, `.wrongType` when the value is no text.
    public func string(_ key: String) throws(GGUFError) -> String { try value(key) }

    /// The integer of the metadata key `key`, stored in any width.
    ///
    /// - Throws: `GGUFError.missingKey` without it, `.wrongType` when the value is no integer or does not fit an `Int`.
    public func int(_ key: String) throws(GGUFError) -> Int { try value(key) }

    /// The texts of the metadata key `key`, an array.
    ///
    /// - Throws: `GGUFError.missingKey` without it, `.wrongType` when the value is no array of texts.
    public func strings(_ key: String) throws(GGUFError) -> [String] { try value(key) }
}
