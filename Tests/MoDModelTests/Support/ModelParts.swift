import Foundation
import GGUF
import MoDModel
import TestSupport

/// A small model taken apart, to be changed or spoiled before it is opened.
struct ModelParts {
    var metadata: GGUFMetadata
    private(set) var tensors: [GGUFTensor]
    private var others: [(name: String, shape: [Int], floats: [Float])] = []

    init(_ shape: TinyModel = TinyModel()) throws {
        let directory = try TemporaryDirectory()
        let file = try GGUFFile(path: shape.write(into: directory.url))
        metadata = file.metadata
        tensors = file.tensors
    }

    mutating func remove(_ name: String) {
        tensors.removeAll { $0.name == name }
    }

    /// Puts 32-bit floats in the place of a tensor, or adds them.
    mutating func set(_ name: String, shape: [Int], floats: [Float]) {
        remove(name)
        others.append((name, shape, floats))
    }

    /// The model's weights without its routers: a model in which every block processes every token.
    func dense() -> ModelParts {
        var parts = self
        parts.metadata = [:]
        for (key, value) in metadata where !key.contains(".routing.") {
            parts.metadata[key.replacing("mod-", with: "")] = value
        }
        if case .string(let architecture) = metadata["general.architecture"] {
            parts.metadata["general.architecture"] = .string(architecture.replacing("mod-", with: ""))
        }
        parts.tensors.removeAll { $0.name.contains("depth_router") }
        return parts
    }

    /// Writes the parts, and reads them as a model.
    func open() throws -> MoDModel {
        let directory = try TemporaryDirectory()
        let path = directory.url.appendingPathComponent("model.gguf").path
        var writer = GGUFWriter(metadata: metadata)
        for tensor in tensors {
            try writer.add(tensor)
        }
        for other in others {
            try writer.add(name: other.name, shape: other.shape, floats: other.floats)
        }
        try writer.write(to: path)
        return try MoDModel(contentsOf: path)
    }
}
