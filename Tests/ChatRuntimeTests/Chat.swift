import ChatInterface
import ChatRuntime
import ConversationStore
import Conversations
import Foundation
import GGUF
import InferenceEngine
import Logging
import MoDModel
import Synchronization
import TerminalKit
import TestSupport
import Testing
import Tokenization

/// A screen that remembers its pictures.
final class RecordingScreen: ChatScreen, Sendable {
    /// A picture, and when it was drawn.
    struct Drawn: Sendable {
        let frame: Frame
        let time: ContinuousClock.Instant
    }

    private let frames = Mutex<[Drawn]>([])
    private let size: Size

    init(_ size: Size) { self.size = size }

    func draw(_ frame: Frame) { frames.withLock { $0.append(Drawn(frame: frame, time: .now)) } }
    func redraw() {}
    func copy(_ text: String) {}
    func setMouse(_ isOn: Bool) {}
    func lend<Result>(to body: () -> Result) -> Result { body() }

    /// What is on it now.
    var text: String { frames.withLock { $0.last?.frame.description ?? "" } }
    /// All pictures there were, in their order.
    var drawn: [Drawn] { frames.withLock { $0 } }
    /// How many pictures there were.
    var count: Int { frames.withLock { $0.count } }

    /// Waits until the picture is as wanted.
    func wait(
        for what: String, limit: Duration = .seconds(30), sourceLocation: SourceLocation = #_sourceLocation,
        until isAsWanted: (String) -> Bool
    ) async throws {
        let end = ContinuousClock.now + limit
        while !isAsWanted(text) {
            guard ContinuousClock.now < end else {
                Issue.record("waited in vain for \(what):\n\(text)", sourceLocation: sourceLocation)
                throw CancellationError()
            }
            try await Task.sleep(for: .milliseconds(2))
        }
    }
}

/// A chat with a small random model, driven by keys, without a terminal.
struct Chat {
    let screen = RecordingScreen(Size(columns: 100, rows: 30))
    let inbox: EventInbox
    let engine: InferenceEngine
    private let running: Task<[Notice], Never>

    /// Starts a chat.
    ///
    /// - Parameters:
    ///   - folder: where its conversations are kept.
    ///   - conversation: the kept one that it goes on with.
    ///   - frameTime: the least time between two frames that tokens make.
    init(
        keptIn folder: URL, goingOnWith conversation: StoredConversation.ID? = nil,
        frameTime: Duration = .milliseconds(5)
    ) async throws {
        inbox = EventInbox(frameTime: frameTime)
        // Longer than any of these tests has the database, however busy the machine is.
        let store = try ConversationStore(folder: folder.path, patience: .seconds(60))
        let directory = try TemporaryDirectory()
        let model = try MoDModel(contentsOf: TinyModel().write(into: directory.url))
        let file = model.file
        let vocabulary = TokenizerVocabulary(
            tokens: try file.strings("tokenizer.ggml.tokens"),
            kinds: try file.value("tokenizer.ggml.token_type"),
            merges: try file.strings("tokenizer.ggml.merges"),
            preTokenizer: try file.string("tokenizer.ggml.pre"),
            endOfText: try file.int("tokenizer.ggml.eos_token_id"))
        let session = try ModelSession(model: model, contextLength: nil, threadCount: 1)
        engine = try InferenceEngine(session: session, tokenizer: Tokenizer(vocabulary: vocabulary))
        var events: [ChatEvent] = []
        if let conversation {
            let (kept, traces) = try await ChatArchive.restore(conversation, from: store)
            events = [.restored(kept, as: nil, traces: traces, contextTokens: 1)]
        }
        let (inbox, engine) = (inbox, engine)
        let archive = ChatArchive(
            store: store, modelName: "tiny", goingOnWith: conversation,
            contextTokens: { await engine.contextTokens(of: $0, maximumTokens: $1) }
        ) { inbox.post($0) }
        let state = ChatState(
            model: model.description, size: Size(columns: 100, rows: 30), start: .now,
            sampling: .init(temperature: 0, seed: 1, maximumTokens: 5), systemPrompt: "the")
        let runtime = ChatRuntime(
            screen: screen, inbox: inbox, engine: engine, archive: archive, logger: Logger(label: "test"),
            state: state)
        nonisolated(unsafe) let unsafe = runtime
        running = Task { await unsafe.run(beginningWith: events) }
    }

    func press(_ key: Key, _ modifiers: Modifiers = []) {
        inbox.post(.terminal(.key(key, modifiers), at: inbox.now))
    }

    func say(_ text: String) {
        for character in text { press(.character(character)) }
        press(.enter)
    }

    /// Says something and waits for the whole reply.
    func ask(_ text: String) async throws {
        say(text)
        try await screen.wait(for: "the reply to \(text)") {
            $0.hasAsked(text) && !$0.contains("▌")
        }
    }

    func paste(_ text: String) {
        inbox.post(.terminal(.paste(text), at: inbox.now))
    }

    /// Leaves, waits until all is kept, and returns what nothing showed any more.
    @discardableResult
    func leave() async -> [Notice] {
        say("/quit")
        return await running.value
    }
}

extension String {
    /// Whether something has been asked: it stands in the chat, not in the composer.
    func hasAsked(_ text: String) -> Bool {
        split(separator: "\n").contains { $0.contains(/you +/) && $0.contains(text) }
    }
}
