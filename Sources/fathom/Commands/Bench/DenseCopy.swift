import Foundation
import GGUF
import MoDModel
import ModelWorkshop

/// The model's weights as a plain `llama` file, which other programs can run, for as long as this object lives.
final class DenseCopy {
    let path: String

    init(of model: MoDModel) throws {
        path = FileManager.default.temporaryDirectory.appending(path: "fathom-\(UUID().uuidString).gguf").path
        try DenseFile(model).write(to: path)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }
}
