import Foundation
import GGUF
import MoDModel
import ModelWorkshop

/// The model's weights as a plain `llama` file, which other programs can run, for as long as this object lives.
final class DenseCopy {
    private let folder: TemporaryFolder
    var path: String { folder.url.appending(path: "dense.gguf").path }

    /// Writes the file.
    init(of model: MoDModel) throws {
        folder = try TemporaryFolder()
        try DenseFile(model).write(to: path)
    }
}
