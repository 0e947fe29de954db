import ConversationStore
import InferenceEngine
import MoDModel
import ModelWorkshop
import TerminalKit

/// Options of a command that help where something is refused. The rooms below know of no options and name none.
package struct Remedies: OptionSet, Sendable {
    package let rawValue: Int

    package init(rawValue: Int) {
        self.rawValue = rawValue
    }

    /// `--threads`.
    package static let threads = Remedies(rawValue: 1)
    /// `--context`.
    package static let context = Remedies(rawValue: 2)
    /// `--no-save`.
    package static let noSave = Remedies(rawValue: 4)

    /// A sentence to follow an error's description: which of these options, or which other command, helps. Nil where
    /// none does.
    func sentence(for error: any Error) -> String? {
        switch error {
        case EngineError.model(let error): sentence(for: error)
        case WorkshopError.model(let error): sentence(for: error)
        case ModelError.resources: resources
        case ModelError.contextFull: contains(.context) ? "--context says how long it may be." : nil
        case WorkshopError.hasRouters: "`fathom calibrate` renews its thresholds."
        case WorkshopError.hasNoRouters: "`fathom convert` makes one that has some."
        case StoreError.noSuchConversation: "`fathom history` lists those there are."
        case is StoreError: contains(.noSave) ? "With --no-save nothing is kept." : nil
        case TerminalError.alreadyOpen: nil
        case is TerminalError: "`fathom run \"…\"` answers without a terminal."
        default: nil
        }
    }

    private var resources: String? {
        switch intersection([.threads, .context]) {
        case []: nil
        case .threads: "--threads says how many threads."
        case .context: "--context says how long a context."
        default: "--threads and --context say how many and how long."
        }
    }
}
