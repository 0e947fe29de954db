import ChatInterface
import Foundation
import InferenceEngine
import Logging
import MoDModel
import TerminalKit

/// Connects the pure chat with the world: events go in, effects come out and are carried out, frames are
/// drawn.
///
///     terminal, engine, clock → inbox → update(state) → effects → engine, store, files
///                                             ↓
///                                        view(state) → terminal
final class ChatRuntime {
    private let terminal: Terminal
    private let engine: InferenceEngine
    private let archive: ChatArchive
    private let summaries: SummaryFile?
    private let logger: Logger
    private var state: ChatState
    /// Where events wait; frames that tokens make are a tenth of a second apart: text that grows so looks as if it
    /// flowed, and each frame more takes time from the model.
    private let inbox = EventInbox(frameTime: .milliseconds(100))
    /// The task that takes a notice off the screen, and when it will.
    private var alarm: (time: Duration, task: Task<Void, Never>)?

    init(
        terminal: Terminal, engine: InferenceEngine, archive: ChatArchive, summaries: SummaryFile?,
        logger: Logger, state: ChatState
    ) {
        self.terminal = terminal
        self.engine = engine
        self.archive = archive
        self.summaries = summaries
        self.logger = logger
        self.state = state
    }

    /// Runs the chat until the user leaves or the terminal goes.
    ///
    /// - Parameter events: what the chat begins with.
    nonisolated(nonsending) func run(beginningWith events: [ChatEvent]) async {
        engine.setCapacity(state.capacity)
        engine.setPolicy(state.policy)
        var events = events
        let keyboard = inbox.follow(terminal.events)
        defer {
            keyboard.cancel()
            alarm?.task.cancel()
        }
        while true {
            while !events.isEmpty {
                for event in events {
                    summarise(event)
                    guard await perform(update(&state, event)) else { return }
                }
                events = inbox.takeRest()
            }
            draw()
            events = await inbox.take()
        }
    }

    /// Tells whoever asked with `--summary` of a reply that ended.
    private func summarise(_ event: ChatEvent) {
        guard case .generation(let event, _) = event else { return }
        do {
            try summaries?.append(event)
        } catch {
            report(Notice(.error, error.description))
        }
    }

    private func draw() {
        terminal.draw(view(state))
        inbox.frameDrawn()
        setAlarm()
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

    /// Carries effects out in the order given; false when the chat is over.
    private nonisolated(nonsending) func perform(_ effects: [ChatEffect]) async -> Bool {
        for effect in effects {
            switch effect {
            case .generate(let id, let conversation, let sampling):
                inbox.follow(engine.generate(conversation, sampling: sampling, as: id))
            case .cancelGeneration:
                engine.stop()
            case .setCapacity(let capacity):
                engine.setCapacity(capacity)
            case .setPolicy(let policy):
                engine.setPolicy(policy)
            case .saveUserMessage(let text):
                report(await archive.save(userMessage: text))
            case .saveReply(let reply):
                report(await archive.save(reply: reply, capacity: state.capacity))
            case .deleteLastMessage:
                report(await archive.deleteLastMessage())
            case .startConversation(let systemPrompt):
                archive.startConversation(systemPrompt: systemPrompt)
            case .exportTranscript(let text, let path):
                report(TranscriptFile.write(text, to: path))
            case .redraw:
                terminal.redraw()
            case .quit:
                return false
            }
        }
        return true
    }

    private func report(_ notice: Notice?) {
        guard let notice else { return }
        if notice.level != .info { logger.error("\(notice.text)") }
        inbox.post(.notice(notice))
    }
}
