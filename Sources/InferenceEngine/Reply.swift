package import Conversations
package import MoDModel
import Tokenization

/// Writes one reply: the prompt chunk by chunk, then token by token, or draft by draft.
///
/// Between two forward passes, and between two tokens, the reply looks up whether to stop and at which capacity and
/// under which policy to go on.
package struct Reply {
    /// The reply's tokens so far, the one that ended the turn left out.
    package private(set) var tokens: [Int32] = []
    /// The reply's text so far, as told in the events.
    package private(set) var text = ""
    /// What the reply has cost so far.
    package internal(set) var meter: ReplyMeter

    private let id: ReplyID
    let maximumTokens: Int
    let speculation: Speculation
    let vocabulary: ReplyVocabulary
    let desk: ReplyDesk
    let cancellation: ReplyDesk.Cancellation
    private let emit: (GenerationEvent) -> Void
    private let passEnded: () -> Void
    var sampler: Sampler
    private var detokenizer: StreamingDetokenizer
    /// The next token, where the pass that verified a draft has decided on it already; else nil.
    var next: Sampler.Draw?
    /// Nil where nothing is to be copied from the context.
    var lookup: PromptLookup?
    private let clock = ContinuousClock()

    /// Prepares a reply.
    ///
    /// - Parameters:
    ///   - id: the name that its events carry.
    ///   - continuing: whether the reply goes on after a text.
    ///   - speculation: how to draft tokens.
    ///   - lookup: copies drafts, where `speculation` asks for that.
    ///   - description: what the model's tokens cost.
    ///   - desk: where the capacity and the policy are looked up.
    ///   - cancellation: the wish to stop this reply.
    ///   - emit: is told of each token and chunk of the prompt, in order.
    ///   - passEnded: is called once all that a forward pass brought is told.
    package init(
        _ sampling: SamplingOptions, as id: ReplyID = .first, continuing: Bool = false,
        speculation: Speculation = .none,
        lookup: PromptLookup = PromptLookup(), description: ModelDescription,
        vocabulary: ReplyVocabulary, desk: ReplyDesk, cancellation: ReplyDesk.Cancellation,
        emit: @escaping (GenerationEvent) -> Void, passEnded: @escaping () -> Void = {}
    ) {
        self.id = id
        maximumTokens = sampling.maximumTokens
        self.speculation = speculation
        self.lookup = speculation.promptLookup ? lookup : nil
        meter = ReplyMeter(description)
        sampler = Sampler(sampling)
        detokenizer = StreamingDetokenizer(vocabulary.tokenizer, continuing: continuing)
        self.vocabulary = vocabulary
        self.desk = desk
        self.cancellation = cancellation
        self.emit = emit
        self.passEnded = passEnded
    }

    /// Writes the reply to a prompt and returns why it ended. The tokens of the prompt and of the reply are in
    /// `context` afterwards, whatever ended it.
    ///
    /// - Parameter dropped: how many of the oldest messages the prompt leaves out; nil where that is not to be told.
    /// - Throws: `EngineError.model` when a forward pass fails or the model predicts nothing.
    package mutating func write(
        after prompt: [Int32], dropping dropped: Int? = nil, in context: inout CachedContext
    ) throws(EngineError) -> FinishReason {
        meter.reusedTokens = context.reuse(for: prompt)
        if let dropped { tell(.droppedOldestMessages(dropped), contextTokens: context.tokens.count) }
        guard try read(prompt, in: &context) else { return .cancelled }
        meter.promptEnded()
        desk.decodingBegan()
        var ended = clock.now
        while true {
            if let reason = reasonToEnd { return reason }
            let began = clock.now
            let (capacity, count) = (desk.capacity, meter.generatedTokens)
            let draw = if let next { next } else { try draw(in: context) }
            next = nil
            let draft = try draft(after: draw.id, in: &context)
            if let reason = reasonToEnd { return reason }
            let reason =
                draft.isEmpty
                ? try write(draw, in: &context) : try write(draw, verifying: draft, in: &context)
            passEnded()
            if let reason { return reason }
            let now = clock.now
            desk.passEnded(
                tokens: meter.generatedTokens - count, seconds: ended.duration(to: now) / .seconds(1),
                capacity: capacity)
            ended = now
            // What the model guessed took passes of its own.
            if draft.allSatisfy(\.isCopied) {
                let seconds = began.duration(to: now) / .seconds(1)
                lookup?.note(tokens: 1 + draft.count, took: seconds)
            }
        }
    }

    /// Why the reply ends before another token; nil while it goes on.
    var reasonToEnd: FinishReason? {
        if cancellation.isRequested { return .cancelled }
        return meter.generatedTokens >= maximumTokens ? .length : nil
    }

    /// Prefill: runs the part of the prompt that is not in the KV cache through the model; false when it was stopped.
    private mutating func read(
        _ prompt: [Int32], in context: inout CachedContext
    ) throws(EngineError) -> Bool {
        let new = prompt[meter.reusedTokens...]
        for chunk in context.chunks(of: new) {
            if cancellation.isRequested { return false }
            let isLast = chunk.endIndex == prompt.endIndex
            let setting = desk.setting
            let routings = try context.forward(chunk, by: setting, logits: isLast ? .last : .none)
            meter.promptTokens += chunk.count
            let tokens = zip(chunk, routings).map { id, routing in
                PromptToken(
                    id: id, text: vocabulary.text(of: id), routing: routing, capacity: setting.capacity,
                    policy: setting.policy)
            }
            tell(
                .prompt(tokens: tokens, processed: meter.promptTokens, total: new.count),
                contextTokens: context.tokens.count)
            passEnded()
        }
        return true
    }

    /// Draws the token after the reply so far, given the logits after its last token, in row `row` of the last chunk's.
    mutating func draw(row: Int = 0, in context: CachedContext) throws(EngineError) -> Sampler.Draw {
        try context.withLogits(row: row) { logits throws(EngineError) in
            try sampler.draw(from: logits, reply: tokens)
        }
    }

    /// Decode: runs a drawn token through the model and tells of it. Returns why the reply ends with it; nil while it
    /// goes on.
    private mutating func write(
        _ draw: Sampler.Draw, in context: inout CachedContext
    ) throws(EngineError) -> FinishReason? {
        let setting = desk.setting
        guard !context.isFull else {
            return tell(draw, routing: nil, by: setting, contextTokens: context.tokens.count)
        }
        let isLast = vocabulary.endsReply(draw.id) || meter.generatedTokens + 1 >= maximumTokens
        let routings = try context.forward([draw.id], by: setting, logits: isLast ? .none : .last)
        return tell(draw, routing: routings.first, by: setting, contextTokens: context.tokens.count)
    }

    /// Tells of a token that the model read, or, where `routing` is nil, had no room to read, and of how many tokens
    /// the context had with it. Returns why the reply ends with it; nil while it goes on.
    mutating func tell(
        _ draw: Sampler.Draw, routing: TokenRouting?, by setting: RoutingSetting, contextTokens: Int
    ) -> FinishReason? {
        meter.count(routing)
        let ending = vocabulary.endsReply(draw.id)
        if !ending { tokens.append(draw.id) }
        let isLast = ending || routing == nil || meter.generatedTokens >= maximumTokens
        let delta = detokenizer.append(draw.id) + (isLast ? detokenizer.finish() : "")
        text += delta
        tell(
            .token(vocabulary.token(draw, delta: delta, routing: routing, by: setting)),
            contextTokens: contextTokens)
        return ending ? .endOfTurn : routing == nil ? .contextFull : nil
    }

    private func tell(_ kind: GenerationEvent.Kind, contextTokens: Int) {
        emit(GenerationEvent(kind, of: id, contextTokens: contextTokens))
    }
}
