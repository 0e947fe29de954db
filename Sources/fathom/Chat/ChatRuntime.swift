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
    /// What the loop wakes up for.
    private enum Input: Sendable {
        case event(ChatEvent)
        /// It is time to draw what was held back, or to let a notice go.
        case wake
    }

    private let terminal: Terminal
    private let engine: InferenceEngine
    private let archive: ChatArchive
    private let logger: Logger
    private var state: ChatState
    private let start = ContinuousClock.now
    private let inbox: AsyncStream<Input>
    private let post: AsyncStream<Input>.Continuation
    private var lastDraw = Duration.seconds(-1)
    private var isStale = true
    private var alarm: Task<Void, Never>?

    /// However fast tokens come, the screen is drawn no more often than this.
    private static let frameTime = Duration.milliseconds(33)

    init(terminal: Terminal, engine: InferenceEngine, archive: ChatArchive, logger: Logger, state: ChatState)
    {
        self.terminal = terminal
        self.engine = engine
        self.archive = archive
        self.logger = logger
        self.state = state
        (inbox, post) = AsyncStream.makeStream()
    }

    private var now: Duration { ContinuousClock.now - start }

    /// Runs the chat until the user leaves or the terminal goes.
    nonisolated(nonsending) func run(restoring messages: [RestoredMessage], notices: [Notice]) async {
        engine.setCapacity(state.capacity)
        var effects: [ChatEffect] = []
        if !messages.isEmpty { effects += update(&state, .restored(messages)) }
        for notice in notices { effects += update(&state, .notice(notice)) }
        let keyboard = Task { [terminal, post, start] in
            for await event in terminal.events {
                post.yield(.event(.terminal(event, at: ContinuousClock.now - start)))
            }
        }
        defer {
            keyboard.cancel()
            alarm?.cancel()
        }
        guard await perform(effects) else { return }
        drawIfDue()
        for await input in inbox {
            switch input {
            case .event(let event):
                isStale = true
                guard await perform(update(&state, event)) else { return }
            case .wake:
                if let wakeTime = state.wakeTime, wakeTime <= now {
                    isStale = true
                    guard await perform(update(&state, .tick(at: now))) else { return }
                }
            }
            drawIfDue()
        }
    }

    /// Draws now, or sets the alarm for when it may.
    private func drawIfDue() {
        alarm?.cancel()
        alarm = nil
        if isStale, now - lastDraw >= Self.frameTime {
            terminal.draw(view(state))
            lastDraw = now
            isStale = false
        }
        let drawTime = isStale ? lastDraw + Self.frameTime : nil
        guard let wakeTime = [drawTime, state.wakeTime].compactMap({ $0 }).min() else { return }
        alarm = Task { [post, delay = wakeTime - now] in
            try? await Task.sleep(for: max(delay, .milliseconds(1)))
            if !Task.isCancelled { post.yield(.wake) }
        }
    }

    /// Carries effects out in order; false when the chat is over.
    private nonisolated(nonsending) func perform(_ effects: [ChatEffect]) async -> Bool {
        for effect in effects {
            switch effect {
            case .generate(let conversation, let sampling):
                let events = engine.generate(conversation, sampling: sampling)
                Task { [post, start] in
                    for await event in events {
                        post.yield(.event(.generation(event, at: ContinuousClock.now - start)))
                    }
                }
            case .cancelGeneration:
                engine.stop()
            case .setCapacity(let capacity):
                engine.setCapacity(capacity)
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
        post.yield(.event(.notice(notice)))
    }
}
