public import Conversations
public import Logging
public import MoDModel
public import Tokenization

/// Answers conversations with a Mixture-of-Depths model.
///
///     let engine = try InferenceEngine(session: ModelSession(model: model), tokenizer: tokenizer)
///     for await event in engine.generate(conversation, sampling: SamplingOptions()) { … }
///
/// The engine writes one reply at a time, on a thread of its own, and never suspends while it does: nothing can come
/// between two tokens. What may change while it writes, the capacity, the policy and the wish to stop, can be set from
/// anywhere at any time and is looked up before each token.
///
/// The KV cache outlives a reply. Hand in the same conversation with more turns and only the new ones are computed;
/// hand in any other and whatever it shares at the front is kept.
public actor InferenceEngine {
    /// What is to be known of the model without its weights: its blocks, its context, and what tokens cost to read.
    public nonisolated let description: ModelDescription
    /// Tokens the context holds, prompt and reply together.
    public nonisolated let contextLength: Int
    /// The thresholds by which the model's scores become grades; without rows where no block is routed.
    public nonisolated let thresholds: ThresholdTable

    private nonisolated let executor = QueueExecutor(label: "fathom.inference-engine")
    nonisolated let desk: ReplyDesk
    private let speculation: Speculation
    let vocabulary: ReplyVocabulary
    private let logger: Logger
    private(set) var context: CachedContext
    private(set) var transcript: Transcript
    /// The context in which tokens are computed again; nil until some are.
    var replay: ReplayContext?
    /// How many messages the consumer has been told that the model does not see.
    private var announcedDrop = 0
    /// Whether the last reply's prompt was computed afresh.
    private var wasAfresh = false

    /// Takes over a session, which must be new, and the tokenizer of its model.
    ///
    /// - Parameters:
    ///   - speculation: how to draft replies; by default by prompt lookup.
    ///   - logger: is told of starts, ends, timings and dropped messages, never of what is said.
    /// - Throws: `TokenizerError` when the model has no chat template that can be used.
    public init(
        session: sending ModelSession, tokenizer: Tokenizer, speculation: Speculation = Speculation(),
        logger: Logger = Logger(label: "fathom.engine") { _ in SwiftLogNoOpLogHandler() }
    ) throws(TokenizerError) {
        let template = try ChatTemplate(tokenizer)
        description = session.model.description
        contextLength = session.contextLength
        thresholds = session.model.thresholds
        desk = ReplyDesk(capacity: session.capacity, policy: session.policy)
        vocabulary = ReplyVocabulary(tokenizer, template: template)
        transcript = Transcript(template)
        context = CachedContext(session)
        self.speculation = speculation
        self.logger = logger
    }

    /// The serial executor of the engine, a thread of its own.
    public nonisolated var unownedExecutor: UnownedSerialExecutor {
        executor.asUnownedSerialExecutor()
    }

    /// The capacity that tokens are routed at from the next one on, also in the middle of a reply.
    public nonisolated var capacity: Capacity {
        desk.capacity
    }

    /// Sets the capacity that tokens are routed at from the next one on, also in the middle of a reply. What is in the
    /// KV cache stays as it was computed.
    public nonisolated func setCapacity(_ capacity: Capacity) {
        desk.capacity = capacity
    }

    /// Holds a speed from the next token on, also in the middle of a reply, by moving the capacity, which each token
    /// tells; nil leaves the capacity where it is.
    ///
    /// - Parameter tokensPerSecond: what is to come; more than 0.
    public nonisolated func holdSpeed(_ tokensPerSecond: Double?) {
        desk.holdSpeed(tokensPerSecond, description)
    }

    /// The policy that tokens are routed by from the next one on, also in the middle of a reply.
    public nonisolated var policy: RoutingPolicy {
        desk.policy
    }

    /// Sets the policy that tokens are routed by from the next one on, also in the middle of a reply. What is in the KV
    /// cache stays as it was computed.
    ///
    /// - Parameter policy: with `thresholds`, one pair for each routed block of the model.
    public nonisolated func setPolicy(_ policy: RoutingPolicy) {
        desk.policy = policy
    }

    /// Stops the reply being written, if there is one: its stream ends with `finished(.cancelled, …)` within a token.
    public nonisolated func stop() {
        desk.cancelCurrent()
    }

    /// How many tokens of the context a conversation takes, laid out by the chat template; of one that is longer than
    /// the context what the model would still see of it when it is asked more.
    ///
    /// - Parameter maximumTokens: the longest reply, in tokens, for which room is kept.
    public func contextTokens(of conversation: Conversation, maximumTokens: Int) -> Int {
        Prompt.seenTokens(
            of: conversation.chatMessages, transcript: &transcript, contextLength: contextLength,
            maximumTokens: maximumTokens)
    }

    /// Writes the reply that follows a conversation's branch, and tells of it in a stream of events that ends with
    /// `finished` or `failed`.
    ///
    /// A conversation without a system prompt gets the model's default one. While another reply is being
    /// written the stream is just `failed(.busy)`, unless that reply was stopped. A consumer that goes away stops the
    /// reply, too. After a reply that was cut short for any reason, hand in its text so far (the `delta`s of its tokens
    /// put together) as the model's message and the conversation goes on from there.
    ///
    /// - Parameters:
    ///   - start: the text that the reply goes on after, as that of one that was stopped; its events tell only what
    ///     follows it. Empty for a new reply.
    ///   - afresh: whether all of the prompt is computed again, at the capacity in force, instead of what the KV cache
    ///     lacks.
    ///   - reply: the name of the reply, which its events carry.
    public nonisolated func generate(
        _ conversation: Conversation, continuing start: String = "", afresh: Bool = false,
        sampling: SamplingOptions, as reply: ReplyID = .first
    ) -> AsyncStream<GenerationEvent> {
        let (stream, events) = AsyncStream.makeStream(of: GenerationEvent.self)
        guard let cancellation = desk.open() else {
            events.yield(GenerationEvent(.failed(.busy), of: reply, contextTokens: nil))
            events.finish()
            return stream
        }
        events.onTermination = { _ in cancellation.request() }
        Task(priority: .userInitiated) {
            await answer(
                conversation.chatMessages, continuing: start, afresh: afresh, sampling, as: reply,
                cancellation, events)
        }
        return stream
    }

    private func answer(
        _ conversation: [ChatMessage], continuing start: String, afresh: Bool,
        _ sampling: SamplingOptions, as id: ReplyID,
        _ cancellation: ReplyDesk.Cancellation, _ events: AsyncStream<GenerationEvent>.Continuation
    ) {
        var pacer = EventPacer { events.yield($0) }
        var reply = Reply(
            sampling, as: id, continuing: !start.isEmpty, speculation: speculation, description: description,
            vocabulary: vocabulary, desk: desk, cancellation: cancellation, emit: { pacer.add($0) },
            passEnded: { pacer.passEnded() })
        let end: GenerationEvent.Kind
        var contextTokens: Int?
        do throws(EngineError) {
            let prompt = try Prompt(
                conversation, continuing: start, transcript: &transcript, contextLength: contextLength,
                maximumTokens: sampling.maximumTokens)
            logger.debug("A reply begins", metadata: ["promptTokens": "\(prompt.tokens.count)"])
            // What was computed afresh, at a capacity of its own, is nothing for others to go on from.
            if afresh || wasAfresh { context.truncate(to: 0) }
            wasAfresh = afresh
            let dropped = newlyDropped(prompt.droppedCount)
            defer { contextTokens = context.tokens.count }
            let reason = try reply.write(after: prompt.tokens, dropping: dropped, in: &context)
            end = .finished(reason, reply.meter.statistics)
        } catch {
            end = .failed(error)
        }
        pacer.flush()
        transcript.remember(reply: reply.tokens, text: reply.text, after: start)
        log(end, messages: conversation.count, contextTokens: context.tokens.count)
        // Before the last event, so that a consumer may ask again as soon as it has that.
        desk.close(cancellation)
        events.yield(GenerationEvent(end, of: id, contextTokens: contextTokens))
        events.finish()
    }

    /// How many messages are dropped; nil where none is or the consumer has been told that number.
    private func newlyDropped(_ count: Int) -> Int? {
        defer { announcedDrop = count }
        guard count > 0, count != announcedDrop else { return nil }
        logger.notice("The context was full", metadata: ["droppedMessages": "\(count)"])
        return count
    }

    private func log(_ end: GenerationEvent.Kind, messages: Int, contextTokens: Int) {
        switch end {
        case .finished(let reason, let statistics):
            logger.info(
                "A reply ended",
                metadata: statistics.metadata(
                    reason: reason, messages: messages, contextTokens: contextTokens))
        case .failed(let error):
            logger.error("A reply failed", metadata: ["error": "\(error)", "messages": "\(messages)"])
        case .droppedOldestMessages, .prompt, .token:
            break
        }
    }
}
