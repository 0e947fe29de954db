public import ChatInterface
public import ConversationStore
public import Conversations
public import InferenceEngine

/// Keeps the chat's conversation on disk as it goes on, in a queue of its own: neither a key nor a token waits for the
/// disk. What the disk refuses waits, in its order, and is tried again every few seconds and at the end; the user is
/// told when that begins and when it is over.
///
/// Where another chat went on with the same conversation, or deleted it, this one goes on as a copy of its own: nothing
/// of the other's is changed.
public final class ChatArchive: Sendable {
    /// Something to be done with what is kept.
    enum Job: Sendable {
        case save(Message.ID, of: Conversation, trace: [TracedToken])
        case forget(Message.ID)
        case moveHead(of: Conversation)
        case startConversation
        case open(StoredConversation.ID, maximumTokens: Int)
        case keep(in: StoredConversation.ID)
        case readTraces(of: [Message.ID], request: Int)
        case search(String)
        case rename(StoredConversation.ID, to: String)
        case delete(StoredConversation.ID)
        case undelete(StoredConversation.ID)
        case pin(StoredConversation.ID, Bool)
        case catchUp
    }

    /// How long what the disk refused waits.
    private static let patience = Duration.seconds(5)

    private let jobs: AsyncStream<Job>.Continuation
    private let worker: Task<Void, Never>

    /// Creates an archive of a chat.
    ///
    /// - Parameters:
    ///   - store: where conversations are kept; nil keeps nothing.
    ///   - modelName: the name of the model that new conversations are held with.
    ///   - conversation: the kept conversation that the chat goes on with; nil begins another with its first message.
    ///   - contextTokens: how many tokens of the context a conversation takes beside a reply of so many.
    ///   - tell: is told what the chat asked for and what the user should know. Called from any thread.
    public init(
        store: ConversationStore?, modelName: String, goingOnWith conversation: StoredConversation.ID? = nil,
        contextTokens: @escaping @Sendable (Conversation, Int) async -> Int,
        tell: @escaping @Sendable (ChatEvent) -> Void
    ) {
        let (stream, jobs) = AsyncStream.makeStream(of: Job.self)
        self.jobs = jobs
        worker = Task(priority: .utility) {
            guard let store else {
                for await job in stream {
                    if case .search = job {
                        tell(.notice(Notice(.info, "This chat keeps nothing (--no-save).")))
                    }
                }
                return
            }
            if let sent = try? await store.recentQuestions(limit: 1000) { tell(.recalled(sent)) }
            var keeper = Keeper(
                store: store, modelName: modelName, contextTokens: contextTokens, kept: conversation)
            var isTimed = false
            for await job in stream {
                if case .catchUp = job { isTimed = false }
                if let event = await keeper.carryOut(job) { tell(event) }
                guard keeper.isBehind, !isTimed else { continue }
                isTimed = true
                Task {
                    try? await Task.sleep(for: Self.patience)
                    jobs.yield(.catchUp)
                }
            }
            if let notice = await keeper.finish() { tell(.notice(notice)) }
        }
    }

    /// Puts something into the queue.
    func add(_ job: Job) {
        jobs.yield(job)
    }

    /// Waits until everything in the queue is on disk; nothing can be added afterwards.
    public func finish() async {
        jobs.finish()
        await worker.value
    }

    /// Reads a conversation back, with the routing traces of its newest messages, as many as the heatmap shows. A trace
    /// that cannot be read is left out.
    ///
    /// - Throws: `StoreError` where the conversation is not kept or cannot be read.
    public static func restore(
        _ id: StoredConversation.ID, from store: ConversationStore
    ) async throws(StoreError) -> (conversation: Conversation, traces: [Message.ID: [TracedToken]]) {
        let (_, conversation) = try await store.load(id)
        return (conversation, try await traces(of: conversation.branch.map(\.id), in: id, from: store))
    }

    /// Reads the traces of turns, by the message that ended each, from the last on as many as the heatmap shows. A
    /// trace that cannot be read is left out.
    fileprivate static func traces(
        of messages: [Message.ID], in id: StoredConversation.ID, from store: ConversationStore
    ) async throws(StoreError) -> [Message.ID: [TracedToken]] {
        var traces: [Message.ID: [TracedToken]] = [:]
        var count = 0
        for message in messages.reversed() where count < ChatState.mostTracedTokens {
            guard let bytes = try await store.trace(of: message, in: id),
                let trace = try? RoutingTraceArchive.decode(bytes)
            else { continue }
            count += trace.count
            traces[message] = trace
        }
        return traces
    }
}

/// Carries out the jobs of an archive, one after the other.
private struct Keeper {
    let store: ConversationStore
    let modelName: String
    let contextTokens: @Sendable (Conversation, Int) async -> Int
    /// The conversation's number in the store; nil until its first message is kept.
    var kept: StoredConversation.ID?
    /// What the store refused, and what came after that, in its order: a conversation with a gap would be worse than
    /// one that ends early.
    private var backlog: [ChatArchive.Job] = []
    /// Why the store refused the first of them.
    private var refusal: StoreError?

    init(
        store: ConversationStore, modelName: String,
        contextTokens: @escaping @Sendable (Conversation, Int) async -> Int, kept: StoredConversation.ID?
    ) {
        self.store = store
        self.modelName = modelName
        self.contextTokens = contextTokens
        self.kept = kept
    }

    /// Whether something waits that the store refused.
    var isBehind: Bool { !backlog.isEmpty }

    /// Carries out a job, and returns what the chat should know of it.
    mutating func carryOut(_ job: ChatArchive.Job) async -> ChatEvent? {
        do throws(StoreError) {
            switch job {
            case .open(let id, let maximumTokens):
                let (conversation, traces) = try await ChatArchive.restore(id, from: store)
                let tokens = await contextTokens(conversation, maximumTokens)
                // What is kept changes once the chat shows it: until then something else may be said.
                return .restored(conversation, as: id, traces: traces, contextTokens: tokens)
            case .readTraces(let messages, let request):
                guard let kept else { break }
                return .traced(
                    try await ChatArchive.traces(of: messages, in: kept, from: store), request: request)
            case .search(let query):
                return .found(try await store.conversations(containing: query, limit: 200), query: query)
            case .rename(let id, let title): try await store.rename(id, to: title)
            case .delete(let id):
                guard id != kept else {
                    return .notice(Notice(.warning, "You are in this conversation; /clear begins another."))
                }
                try await store.delete(id)
            case .undelete(let id): try await store.undelete(id)
            case .pin(let id, let isPinned): try await store.pin(id, isPinned)
            case .save, .forget, .moveHead, .startConversation, .keep:
                backlog.append(job)
                return await catchUp().map(ChatEvent.notice)
            case .catchUp: return await catchUp().map(ChatEvent.notice)
            }
            return nil
        } catch {
            return .notice(Notice(.error, "\(error)"))
        }
    }

    /// Carries out what waits, as far as the store takes it, and returns what the user should know of it.
    private mutating func catchUp() async -> Notice? {
        let wasRefused = refusal != nil
        var last: Notice?
        while let job = backlog.first {
            do throws(StoreError) {
                last = try await keep(job) ?? last
                backlog.removeFirst()
                refusal = nil
            } catch {
                refusal = error
                return wasRefused
                    ? last : Notice(.error, "Not saved yet, and tried again every few seconds: \(error)")
            }
        }
        return last ?? (wasRefused ? Notice(.info, "All that was said is saved now.") : nil)
    }

    /// Tries for the last time, and returns what the user should know of what is lost.
    mutating func finish() async -> Notice? {
        let notice = await catchUp()
        guard let refusal else { return notice }
        let count = backlog.count { if case .save = $0 { true } else { false } }
        return Notice(
            .error, "\(count == 1 ? "A message was" : "\(count) messages were") not saved: \(refusal)")
    }

    /// Keeps what became of the conversation, and returns what the user should know of it.
    private mutating func keep(_ job: ChatArchive.Job) async throws(StoreError) -> Notice? {
        switch job {
        case .startConversation: kept = nil
        case .keep(let id): kept = id
        case .forget(let message):
            guard let kept else { return nil }
            do throws(StoreError) {
                if try await store.remove(message, from: kept) == .conversation { self.kept = nil }
            } catch {
                guard error.isAboutOthers else { throw error }
            }
        case .moveHead(let conversation):
            guard let kept, let last = conversation.messages.last else { return nil }
            do throws(StoreError) {
                try await store.moveHead(of: kept, to: conversation.head?.id, knowing: last.id)
            } catch {
                // What is said next makes a copy.
                guard error.isAboutOthers else { throw error }
            }
        case .save(let id, let conversation, let trace):
            return try await save(id, of: conversation, trace: trace)
        default: break
        }
        return nil
    }

    private mutating func save(
        _ id: Message.ID, of conversation: Conversation, trace: [TracedToken]
    ) async throws(StoreError) -> Notice? {
        var conversation = conversation
        if !trace.isEmpty { conversation.change(id) { $0.trace = RoutingTraceArchive.encode(trace) } }
        guard let message = conversation[id] else { return nil }
        guard let kept else {
            kept = try await store.create(conversation, modelName: modelName).id
            return nil
        }
        do throws(StoreError) {
            try await store.append(message, to: kept)
            return nil
        } catch {
            let reason: String
            switch error {
            case .changedElsewhere: reason = "Another chat went on with this conversation"
            case .noSuchConversation: reason = "This conversation was deleted elsewhere"
            default: throw error
            }
            let copy = try await store.create(conversation, modelName: modelName, copyOf: (kept, before: id))
                .id
            self.kept = copy
            return Notice(.warning, "\(reason); here it goes on as a copy, number \(copy).")
        }
    }
}

extension StoreError {
    /// Whether the disk is sound, and another chat changed or deleted the conversation.
    fileprivate var isAboutOthers: Bool {
        switch self {
        case .changedElsewhere, .noSuchConversation: true
        default: false
        }
    }
}
