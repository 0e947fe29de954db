import ArgumentParser
import Benchmarking
import ConversationStore
import Foundation
import GGUF
import InferenceEngine
import MoDModel
import ModelWorkshop
import Settings
import TerminalKit
import Tokenization

/// Ends the program with one line on standard error and a documented exit code.
package struct Failure: Error, CustomStringConvertible {
    /// The exit codes, after sysexits(3).
    package enum Kind: Int32, CaseIterable {
        case inputText = 65
        case model = 66
        case terminal = 69
        case software = 70
        case resources = 71
        case cannotWrite = 73
        case store = 74
        case configuration = 78

        /// What the exit code tells.
        package var meaning: String {
            switch self {
            case .inputText: "no usable input text"
            case .model: "no usable model"
            case .terminal: "no usable terminal"
            case .software: "internal failure"
            case .resources: "the system refuses memory, threads or files"
            case .cannotWrite: "cannot write a file"
            case .store: "the conversation store is unusable"
            case .configuration: "a setting is wrong"
            }
        }
    }

    /// What the exit codes tell, those of the argument parser among them, in ascending order.
    package static var exitCodes: [(code: Int32, meaning: String)] {
        [(ExitCode.success.rawValue, "done"), (ExitCode.validationFailure.rawValue, "wrong usage")]
            + Kind.allCases.map { ($0.rawValue, $0.meaning) }
    }

    package let kind: Kind
    package let description: String

    init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }

    /// Runs a command's body. Whatever it throws that is not the argument parser's own becomes one line and a
    /// code.
    ///
    /// - Parameter remedies: the command's options that may help.
    nonisolated(nonsending) static func reporting(
        _ remedies: Remedies = [], _ body: nonisolated(nonsending) () async throws -> Void
    ) async throws {
        do {
            try await body()
        } catch {
            // The argument parser words its own errors.
            if error is ExitCode || error is ValidationError || error is CleanExit { throw error }
            let failure = Failure(error, remedies)
            Output.note("fathom: \(TextSanitizer.sanitized(failure.description, keepingNewlines: false))")
            throw ExitCode(failure.kind.rawValue)
        }
    }

    /// What a command says of an error, and which of its options it recommends.
    package init(_ error: any Error, _ remedies: Remedies) {
        let text = ["\(error)", remedies.sentence(for: error)].compactMap { $0 }.joined(separator: " ")
        switch error {
        case let failure as Failure: self = failure
        case is ModelError: self.init(.model, text)
        case let error as GGUFError: self.init(GGUFError.isWriting(error) ? .cannotWrite : .model, text)
        case is TokenizerError: self.init(.model, "The model's tokenizer is unusable: \(text)")
        case is TerminalError: self.init(.terminal, text)
        case is StoreError: self.init(.store, text)
        case let error as SettingsError: self.init(Failure.kind(of: error), text)
        case let error as EngineError: self.init(Failure.kind(of: error), text)
        case let error as WorkshopError: self.init(Failure.kind(of: error), text)
        case let error as BenchmarkError: self.init(Failure.kind(of: error), text)
        default: self.init(.software, "Something failed that should not: \(text)")
        }
    }

    private static func kind(of error: EngineError) -> Kind {
        switch error {
        case .promptTooLong: .inputText
        case .busy, .model, .noPrediction: .software
        }
    }

    private static func kind(of error: SettingsError) -> Kind {
        switch error {
        case .unwritable: .cannotWrite
        case .unknown, .value, .syntax, .unreadable, .noHome: .configuration
        }
    }

    private static func kind(of error: BenchmarkError) -> Kind {
        switch error {
        case .noTerminal: .terminal
        case .noTemporaryFiles: .cannotWrite
        case .start, .ended, .answer, .silent, .stays: .software
        }
    }

    private static func kind(of error: WorkshopError) -> Kind {
        switch error {
        case .text: .inputText
        case .hasRouters, .hasNoRouters, .unsuitable: .model
        case .model(.file(let error)): GGUFError.isWriting(error) ? .cannotWrite : .model
        case .model: .model
        }
    }
}

extension GGUFError {
    fileprivate static func isWriting(_ error: GGUFError) -> Bool {
        if case .unwritable = error { true } else { false }
    }
}
