package import MoDModel
import Tokenization

/// Writes one reply: the prompt chunk by chunk, then token by token.
///
/// Every chunk and every token is one forward pass; between two of them the reply looks up whether to stop and at
/// which capacity to go on.
package struct Reply {
    /// The generated tokens, the one that ended the turn left out.
    package private(set) var tokens: [Int32] = []
    /// Their text, as told in the events.
    package private(set) var text = ""
    /// What it cost so far.
    package private(set) var meter: ReplyMeter

    private let maximumTokens: Int
    private let vocabulary: ReplyVocabulary
    private let desk: ReplyDesk
    private let cancellation: ReplyDesk.Cancellation
    private let emit: (GenerationEvent) -> Void
    private var sampler: Sampler
    private var detokenizer: StreamingDetokenizer

    package init(
        _ sampling: SamplingOptions, description: ModelDescription, vocabulary: ReplyVocabulary,
        desk: ReplyDesk, cancellation: ReplyDesk.Cancellation, emit: @escaping (GenerationEvent) -> Void
    ) {
        maximumTokens = sampling.maximumTokens
        meter = ReplyMeter(description)
        sampler = Sampler(sampling)
        detokenizer = StreamingDetokenizer(vocabulary.tokenizer)
        self.vocabulary = vocabulary
        self.desk = desk
        self.cancellation = cancellation
        self.emit = emit
    }

    /// Answers a prompt. The tokens of the prompt and of the reply are in `context` afterwards, whatever ended it.
    package mutating func write(
        after prompt: [Int32], in context: inout CachedContext
    ) throws(EngineError) -> FinishReason {
        guard try read(prompt, in: &context) else { return .cancelled }
        meter.promptEnded()
        while true {
            if cancellation.isRequested { return .cancelled }
            if meter.generatedTokens >= maximumTokens { return .length }
            if let reason = try writeToken(in: &context) { return reason }
        }
    }

    /// Runs the part of the prompt that is not cached; false when it was stopped.
    private mutating func read(
        _ prompt: [Int32], in context: inout CachedContext
    ) throws(EngineError) -> Bool {
        meter.reusedTokens = context.reuse(for: prompt)
        let new = prompt[meter.reusedTokens...]
        for chunk in context.chunks(of: new) {
            if cancellation.isRequested { return false }
            let isLast = chunk.endIndex == prompt.endIndex
            let routings = try context.forward(chunk, at: desk.capacity, logits: isLast ? .last : .none)
            meter.promptTokens += chunk.count
            let tokens = zip(chunk, routings).map { id, routing in
                PromptToken(id: id, text: vocabulary.text(of: id), routing: routing)
            }
            emit(.prompt(tokens: tokens, processed: meter.promptTokens, total: new.count))
        }
        return true
    }

    /// Draws a token, runs it through the model and tells of it. Returns why the reply ends with it, if it does.
    private mutating func writeToken(in context: inout CachedContext) throws(EngineError) -> FinishReason? {
        let draw = try context.draw(with: &sampler, reply: tokens)
        let ending = vocabulary.endsReply(draw.id)
        let hasRoom = !context.isFull
        let isLast = ending || !hasRoom || meter.generatedTokens + 1 >= maximumTokens
        let routings =
            hasRoom
            ? try context.forward([draw.id], at: desk.capacity, logits: isLast ? .none : .last) : []
        meter.count(routings.first)
        if !ending { tokens.append(draw.id) }
        let delta = detokenizer.append(draw.id) + (isLast ? detokenizer.finish() : "")
        text += delta
        emit(.token(vocabulary.token(draw, delta: delta, routing: routings.first)))
        return ending ? .endOfTurn : hasRoom ? nil : .contextFull
    }
}
