import InferenceEngine
import MoDModel

extension EngineError {
    /// Which key or command helps; nil where none does, or where the description says all there is to do.
    var remedy: String? {
        switch self {
        case .busy: "Ctrl-C stops it."
        case .model(.contextFull): "/clear begins a new conversation."
        case .promptTooLong, .model, .noPrediction: nil
        }
    }
}
