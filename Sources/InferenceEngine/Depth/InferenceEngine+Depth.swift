public import Conversations
import Tokenization

// What the blocks made of a token is computed again in a context beside the chat's, which this leaves alone. While a
// reply is being written, all of this waits for its end, and a reply waits for this: cancel the task that asks.

extension InferenceEngine {
    /// Reads the logit lens at some positions of a context: what the model would have said after each block.
    ///
    /// - Parameters:
    ///   - positions: they must lie within the record.
    ///   - record: the context. A token of which it knows no grades is routed by the capacity and the policy in force.
    ///   - top: how many of the most probable tokens are told of each depth.
    /// - Returns: a reading for each position.
    /// - Throws: `EngineError.model` where the tokens have no room in the context or are not in the vocabulary, or
    ///   memory is refused; `EngineError.noPrediction`; `CancellationError` when the task is cancelled.
    public func lens(
        at positions: Range<Int>, in record: ContextRecord, top: Int = 5
    ) throws -> [LogitLens.Reading] {
        precondition(
            record.tokens.indices.contains(positions), "the record has \(record.tokens.count) tokens")
        var context = try replayContext()
        defer { replay = context }
        var reader = LensReader(vocabulary, description)
        let setting = desk.setting
        try context.hold(record, count: positions.lowerBound, by: setting)
        return try context.chunks(of: positions).flatMap { chunk in
            let pass = try context.pass(chunk, of: record, by: setting)
            return try reader.readings(of: pass, in: context, record: record, top: top)
        }
    }

    /// Reads the logit lens at one position of a context, as `lens(at:in:top:)` does at several.
    public func lens(
        at position: Int, in record: ContextRecord, top: Int = 5
    ) throws -> LogitLens.Reading {
        try lens(at: position..<position + 1, in: record, top: top)[0]
    }

    /// Finds what the model would have said at a position, had it taken the token there otherwise, one change after the
    /// other.
    ///
    /// - Parameters:
    ///   - position: it must lie within the record.
    ///   - record: the context. A token of which it knows no grades is routed by the capacity and the policy in force.
    /// - Throws: as `lens(at:in:top:)` does.
    public func whatIf(
        _ changes: [WhatIf.Change], at position: Int, in record: ContextRecord
    ) throws -> WhatIf {
        precondition(
            record.tokens.indices.contains(position), "the record has \(record.tokens.count) tokens")
        var context = try replayContext()
        defer { replay = context }
        var reader = LensReader(vocabulary, description)
        let setting = desk.setting
        try context.hold(record, count: position, by: setting)
        return try reader.whatIf(changes, at: position, of: record, by: setting, in: &context)
    }

    /// Records the context in which the last message of a conversation's branch was written, or is to be answered: its
    /// tokens as the model sees them, with the grades of those that are in the KV cache.
    ///
    /// Neither the KV cache nor what is known of how replies were spelled is touched. Grades of earlier turns that are
    /// not in the cache can be added with `ContextRecord.note`.
    ///
    /// - Parameters:
    ///   - trace: that of the branch's last turn: the part of the prompt that was computed, and the reply. Where it is
    ///     given, the reply is made of its tokens and has its grades; else it is spelled as the tokenizer would, unless
    ///     the engine wrote it.
    ///   - maximumTokens: the longest reply, in tokens, for which room was kept.
    /// - Throws: `EngineError.promptTooLong`.
    public func record(
        of conversation: Conversation, lastTurn trace: [TracedToken] = [], maximumTokens: Int
    ) throws(EngineError) -> ContextRecord {
        // A copy: a transcript forgets what is not in the conversation it is asked about.
        var transcript = transcript
        var messages = conversation.chatMessages
        let reply = messages.last?.role == .assistant ? messages.popLast() : nil
        let prompt = try Prompt(
            messages, transcript: &transcript, contextLength: contextLength, maximumTokens: maximumTokens)
        var tokens = prompt.tokens
        let written = trace.filter { $0.prediction != nil }.map(\.id)
        if !written.isEmpty {
            tokens += written
        } else if let reply {
            transcript = self.transcript
            tokens.removeLast(transcript.opening(after: "").count)
            // Among the others: what stands before a message may change its first token.
            tokens += transcript.tokens(for: messages + [reply]).last ?? []
        }
        var record = ContextRecord(tokens)
        for (position, grades) in context.grades(sharedWith: tokens).enumerated() {
            record.note(grades, at: position)
        }
        record.note(trace)
        return record
    }

    /// The context beside the chat's, made when it is first needed.
    private func replayContext() throws(EngineError) -> ReplayContext {
        if let replay { return replay }
        return try context.beside()
    }
}
