public import ChatInterface
import Foundation
public import InferenceEngine
public import Logging
public import TerminalKit

/// What a chat is drawn on.
public protocol ChatScreen {
    /// Shows a frame; of what is there already nothing need be sent.
    func draw(_ frame: Frame)
    /// Draws every cell of the last frame again, whatever is believed to be on the screen.
    func redraw()
    /// Puts a text on the clipboard of whoever sits before the screen.
    func copy(_ text: String)
    /// Has the screen report what is done with the mouse, or not.
    func setMouse(_ isOn: Bool)
    /// Gives the screen to something that draws on it itself, and takes it back when that is done.
    func lend<Result>(to body: () -> Result) -> Result
}

extension Terminal: ChatScreen {}

/// Connects the pure chat with the world: events go in, effects come out and are carried out, frames are drawn.
///
///     terminal, engine, clock → inbox → update(state) → effects → engine, archive, files
///                                             ↓
///                                        view(state) → screen
public final class ChatRuntime {
    private let screen: any ChatScreen
    private let inbox: EventInbox
    private let engine: InferenceEngine
    private let archive: ChatArchive
    private let logger: Logger
    private let summarise: (GenerationEvent) throws -> Void
    private var state: ChatState
    private let cache = WrapCache()
    /// The task that answers a question about depth.
    private var depthTask: Task<Void, Never>?
    /// The task that takes a notice off the screen, and when it will.
    private var alarm: (time: Duration, task: Task<Void, Never>)?

    /// Creates a runtime.
    ///
    /// - Parameters:
    ///   - screen: what the chat is drawn on.
    ///   - inbox: where keys and all else that happens come in.
    ///   - engine: writes the replies; nobody else asks it for any.
    ///   - archive: keeps the conversation.
    ///   - logger: is told what goes wrong.
    ///   - state: what the chat begins with.
    ///   - summarise: is told of every event of a reply; what it throws is shown to the user.
    public init(
        screen: any ChatScreen, inbox: EventInbox, engine: InferenceEngine, archive: ChatArchive,
        logger: Logger, state: ChatState, summarise: @escaping (GenerationEvent) throws -> Void = { _ in }
    ) {
        self.screen = screen
        self.inbox = inbox
        self.engine = engine
        self.archive = archive
        self.logger = logger
        self.state = state
        self.summarise = summarise
    }

    /// Runs the chat until the user leaves or the terminal goes, and returns when all is kept.
    ///
    /// - Parameter events: what the chat begins with.
    /// - Returns: what the user should know and no picture shows any more.
    @discardableResult
    nonisolated(nonsending) public func run(beginningWith events: [ChatEvent] = []) async -> [Notice] {
        engine.setCapacity(state.capacity)
        engine.setPolicy(state.policy)
        var events = events
        loop: while true {
            while !events.isEmpty {
                for event in events {
                    if case .generation(let event, _) = event { tellSummary(of: event) }
                    guard perform(update(&state, event)) else { break loop }
                }
                events = inbox.takeRest()
            }
            screen.draw(view(state, cache))
            inbox.frameDrawn()
            setAlarm()
            events = await inbox.take()
        }
        alarm?.task.cancel()
        depthTask?.cancel()
        await archive.finish()
        return inbox.takeRest().compactMap { event in
            if case .notice(let notice) = event, notice.level != .info { notice } else { nil }
        }
    }

    private func tellSummary(of event: GenerationEvent) {
        do {
            try summarise(event)
        } catch {
            report(Notice(.error, "\(error)"))
        }
    }

    private func setAlarm() {
        guard alarm?.time != state.wakeTime else { return }
        alarm?.task.cancel()
        alarm = state.wakeTime.map { time in
            let task = Task { [inbox] in
                try? await Task.sleep(for: time - inbox.now)
                if !Task.isCancelled { inbox.post(.tick(at: max(time, inbox.now))) }
            }
            return (time, task)
        }
    }

    /// Carries effects out in the order given; false when the chat is over. None of them waits for the store.
    private func perform(_ effects: [ChatEffect]) -> Bool {
        for effect in effects {
            switch effect {
            case .generate(let id, let conversation, let start, let sampling):
                depthTask?.cancel()
                inbox.follow(engine.generate(conversation, continuing: start, sampling: sampling, as: id))
            case .generateAfresh(let id, let conversation, let sampling):
                depthTask?.cancel()
                inbox.follow(engine.generate(conversation, afresh: true, sampling: sampling, as: id))
            case .cancelGeneration: engine.stop()
            case .setCapacity(let capacity): engine.setCapacity(capacity)
            case .holdSpeed(let speed): engine.holdSpeed(speed)
            case .setPolicy(let policy): engine.setPolicy(policy)
            case .save(let id, let conversation, let trace):
                archive.add(.save(id, of: conversation, trace: trace))
            case .forget(let message): archive.add(.forget(message))
            case .moveHead(let conversation): archive.add(.moveHead(of: conversation))
            case .startConversation:
                depthTask?.cancel()
                archive.add(.startConversation)
            case .keep(let id):
                depthTask?.cancel()
                archive.add(.keep(in: id))
            case .readTraces(let messages, let request):
                archive.add(.readTraces(of: messages, request: request))
            case .search(let query): archive.add(.search(query))
            case .open(let id, let tokens): archive.add(.open(id, maximumTokens: tokens))
            case .rename(let id, let title): archive.add(.rename(id, to: title))
            case .delete(let id): archive.add(.delete(id))
            case .undelete(let id): archive.add(.undelete(id))
            case .pin(let id, let isPinned): archive.add(.pin(id, isPinned))
            case .edit(let text):
                // At once: what is typed next is typed into what was edited.
                if let event = edit(text), !perform(update(&state, event)) { return false }
            case .look(let question):
                depthTask?.cancel()
                depthTask = Task { [engine, inbox] in
                    await DepthReader(engine: engine) { inbox.post(.answered($0)) }.answer(question)
                }
            case .setMouse(let isOn): screen.setMouse(isOn)
            case .exportTranscript(let text, let path): report(TranscriptFile.write(text, to: path))
            case .copy(let text): screen.copy(text)
            case .redraw: screen.redraw()
            case .quit: return false
            }
        }
        return true
    }

    /// Has a text written in the user's editor; nothing else happens meanwhile but that a reply goes on.
    ///
    /// - Returns: what became of the text; nil where that is reported.
    private func edit(_ text: String) -> ChatEvent? {
        do throws(ExternalEditor.Failure) {
            let edited = screen.lend {
                Result { () throws(ExternalEditor.Failure) in try ExternalEditor.edit(text) }
            }
            return .edited(try edited.get())
        } catch {
            switch error {
            case .file: report(Notice(.warning, "The text could not be handed to the editor and back."))
            case .editor(let command, let status):
                report(
                    Notice(
                        .warning,
                        "\(command) ended with status \(status); the text is as it was. VISUAL or EDITOR names another editor."
                    ))
            }
            return nil
        }
    }

    private func report(_ notice: Notice) {
        if notice.level != .info { logger.error("\(notice.text)") }
        inbox.post(.notice(notice))
    }
}
