import CInt8Kernels
import GGUF

/// Reads a model file's keys under its architecture's prefix ("llama.block_count"), without which they are named here.
struct ArchitectureKeys {
    let file: GGUFFile
    let architecture: String

    /// Reads the file's architecture.
    ///
    /// - Throws: `ModelError.unsupported` for one that this engine does not run.
    init(file: GGUFFile) throws(ModelError) {
        self.file = file
        architecture = try ModelError.wrapping { () throws(GGUFError) in
            try file.string("general.architecture")
        }
        guard ModelConfiguration.architectures.contains(architecture) else {
            let known = ModelConfiguration.architectures.joined(separator: " and ")
            let reason = "is “\(architecture)”; this engine runs \(known)."
            throw .unsupported(item: "general.architecture", reason: reason)
        }
    }

    /// A key's whole name.
    func name(_ key: String) -> String { "\(architecture).\(key)" }

    /// The value of a key, which must be there.
    func value<Value: GGUFConvertible>(_ key: String) throws(ModelError) -> Value {
        try ModelError.wrapping { () throws(GGUFError) in try file.value(name(key), as: Value.self) }
    }

    /// The value of a key; nil where the file does not have it.
    func valueIfPresent<Value: GGUFConvertible>(_ key: String) throws(ModelError) -> Value? {
        try ModelError.wrapping { () throws(GGUFError) in try file.valueIfPresent(name(key), as: Value.self) }
    }

    func int(_ key: String) throws(ModelError) -> Int { try value(key) }
    func intIfPresent(_ key: String) throws(ModelError) -> Int? { try valueIfPresent(key) }
    func double(_ key: String) throws(ModelError) -> Double { try value(key) }
    func doubleIfPresent(_ key: String) throws(ModelError) -> Double? { try valueIfPresent(key) }

    /// Tokens in the vocabulary: the rows of the token embedding, with which the key, where there is one, must agree.
    func vocabularySize() throws(ModelError) -> Int {
        let embedding = try ModelError.wrapping { () throws(GGUFError) in try file.tensor("token_embd.weight")
        }
        if let declared = try intIfPresent("vocab_size"), declared != embedding.rowCount {
            let reason = "is \(declared), but token_embd.weight has \(embedding.rowCount) rows."
            throw .unsupported(item: name("vocab_size"), reason: reason)
        }
        return embedding.rowCount
    }

    /// Hidden units of the feed-forward that a thin token goes through; nil without a thin path. The file gives them ÷
    /// all hidden units.
    func thinLength(of feedForwardLength: Int) throws(ModelError) -> Int? {
        guard let width = try doubleIfPresent("routing.thin_width"), width != 0 else { return nil }
        let unit = Double(INT8_GROUP)
        let length = width * Double(feedForwardLength)
        // Written as fp32, the fraction may be off by its last place.
        let rounded = (length / unit).rounded() * unit
        guard width > 0, width < 1, (length - rounded).magnitude < 0.01, rounded > 0 else {
            let reason =
                "is \(width); the thin path takes some of the \(feedForwardLength) hidden units, in steps of \(Int(INT8_GROUP))."
            throw .unsupported(item: name("routing.thin_width"), reason: reason)
        }
        return Int(rounded)
    }

    /// Refuses a model whose rotary angles are scaled, as those of long-context variants are: this engine does not
    /// scale them.
    func refuseScaledRotation() throws(ModelError) {
        let scaling: String? = try valueIfPresent("rope.scaling.type")
        if let scaling, scaling != "none" {
            let reason = "is “\(scaling)”; this engine rotates without scaling."
            throw .unsupported(item: name("rope.scaling.type"), reason: reason)
        }
    }
}
