import GGUF
public import MoDModel

/// A model's weights without its routers, as a dense model's file: what the model is at capacity 1, for programs that
/// know no routing.
public struct DenseFile {
    private let model: MoDModel

    /// A file of a model's weights.
    public init(_ model: MoDModel) {
        self.model = model
    }

    /// Writes one file, matrices in Q8_0.
    ///
    /// - Throws: `WorkshopError.unsuitable` for a model whose experts other programs would take otherwise.
    public func write(to path: String) throws(WorkshopError) {
        let shape = model.configuration
        guard shape.experts == nil || shape.experts?.weighting == shape.family.experts?.weighting,
            shape.experts?.hasNoOp != true, shape.experts?.hasBiases != true
        else {
            throw .unsuitable(
                "The model's experts are weighed as no dense model of its family has it; it has no dense form."
            )
        }
        do {
            var writer = GGUFWriter(metadata: metadata)
            for tensor in model.file.tensors where RouterTensor(wholeName: tensor.name) == nil {
                try ModelFile.add(tensor, to: &writer)
            }
            try writer.write(to: path)
        } catch {
            throw .model(.file(error))
        }
    }

    private var metadata: GGUFMetadata {
        let target = model.configuration.family.architecture
        let source = (try? model.file.string("general.architecture")) ?? target
        var result = GGUFMetadata()
        for (key, value) in model.file.metadata where !key.hasPrefix(source + ".routing.") {
            result[key.hasPrefix(source + ".") ? target + key.dropFirst(source.count) : key] = value
        }
        result["general.architecture"] = .string(target)
        result["general.file_type"] = .uint32(ModelFile.fileType)
        result["general.quantization_version"] = .uint32(2)
        return result
    }
}
