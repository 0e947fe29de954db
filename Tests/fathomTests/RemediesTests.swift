import ConversationStore
import InferenceEngine
import MoDModel
import ModelWorkshop
import TerminalKit
import Testing
import fathom

/// What the rooms below cannot say of their errors.
@Suite("Errors are told with the option or the command that helps")
struct RemediesTests {
    static let all: Remedies = [.threads, .context, .noSave]

    @Test(
        "What the machine refused, with the options of the command that asked",
        arguments: [
            (all, "or a shorter context. --threads and --context say how many and how long."),
            (.threads, "or a shorter context. --threads says how many threads."),
            (.context, "or a shorter context. --context says how long a context."),
            ([], "or a shorter context."),
        ] as [(Remedies, String)])
    func resources(options: Remedies, end: String) {
        let error = ModelError.resources("The system refused 9 MiB of memory.")
        for error in [error, EngineError.model(error), WorkshopError.model(error)] as [any Error] {
            let text = Failure(error, options).description
            #expect(text.hasPrefix("The system refused 9 MiB of memory. ") && text.hasSuffix(end), "\(text)")
        }
    }

    @Test(
        "A model too large to be converted when it is opened is no usable one, on one line with the figures")
    func tooLarge() {
        let failure = Failure(ModelError.tooLarge(needed: 8 << 30, available: 3 << 30), Self.all)
        #expect(failure.kind == .model)
        #expect(
            failure.description.contains("takes 8192 MiB of memory; 3072 MiB are to be had. Take a Q8_0 file")
        )
        #expect(!failure.description.contains("\n"))
    }

    @Test("A full context, where there is an option for its length")
    func contextFull() {
        let error = ModelError.contextFull(limit: 20)
        #expect(Failure(error, Self.all).description == "\(error) --context says how long it may be.")
        #expect(Failure(error, .threads).description == "\(error)")
    }

    @Test("A store that cannot be used, where a chat can do without")
    func store() {
        let error = StoreError.full(path: "/x")
        #expect(Failure(error, Self.all).description == "\(error) With --no-save nothing is kept.")
        #expect(Failure(error, []).description == "\(error)")
        let missing = StoreError.noSuchConversation(id: 12)
        for options in [Self.all, []] {
            let text = Failure(missing, options).description
            #expect(text == "There is no conversation 12. `fathom history` lists those there are.")
        }
    }

    @Test("A model for another command")
    func unsuitable() {
        #expect(Failure(WorkshopError.hasRouters, []).description.contains(" `fathom calibrate` "))
        #expect(Failure(WorkshopError.hasNoRouters, []).description.contains(" `fathom convert` "))
        #expect(Failure(WorkshopError.unsuitable("Too small."), Self.all).description == "Too small.")
    }

    @Test(
        "A terminal that cannot show the chat",
        arguments: [
            .notATerminal, .noTerminalType, .tooSimple("dumb"), .unknownType("x"), .system("make a pipe", 24),
        ] as [TerminalError])
    func terminal(error: TerminalError) {
        let failure = Failure(error, Self.all)
        #expect(failure.kind == .terminal)
        #expect(failure.description == "\(error) `fathom run \"…\"` answers without a terminal.")
    }
}
