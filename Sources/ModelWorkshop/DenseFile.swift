import GGUF
public import MoDModel

/// A model's weights without its routers, as a `llama` file: what the model is at capacity 1, for programs that know
/// no routing.
public struct DenseFile {
    private let model: MoDModel

    /// A file of a model's weights.
    public init(_ model: MoDModel) {
        self.model = model
    }

    /// Writes one file, matrices in Q8_0.
    public func write(to path: String) throws(WorkshopError) {
        do {
            var writer = GGUFWriter(metadata: metadata)
            for tensor in model.file.tensors where !tensor.name.contains(".depth_router.") {
                try ModelFile.add(tensor, to: &writer)
            }
            try writer.write(to: path)
        } catch {
            throw .model(.file(error))
        }
    }

    private var metadata: GGUFMetadata {
        let prefix = ((try? model.file.string("general.architecture")) ?? "llama") + "."
        var result = GGUFMetadata()
        for (key, value) in model.file.metadata where !key.hasPrefix(prefix + "routing.") {
            result[key.hasPrefix(prefix) ? "llama." + key.dropFirst(prefix.count) : key] = value
        }
        result["general.architecture"] = .string("llama")
        result["general.file_type"] = .uint32(ModelFile.fileType)
        result["general.quantization_version"] = .uint32(2)
        return result
    }
}
