import InferenceEngine

extension ChatState {
    /// Takes in an event of the reply under way, and none of another.
    mutating func receive(_ event: GenerationEvent) -> [ChatEffect] {
        guard event.reply == reply?.id else { return [] }
        if let tokens = event.contextTokens { contextTokens = tokens }
        switch event.kind {
        case .droppedOldestMessages(let count):
            let messages = count == 1 ? "oldest message" : "\(count) oldest messages"
            noteBeforeReply("The context is full: the model no longer sees the \(messages).")
        case .prompt(let tokens, let processed, let total):
            reply?.phase = .reading(processed: processed, total: total)
            record(tokens.map { (TracedToken($0), RoutingSetting(capacity: $0.capacity, policy: $0.policy)) })
        case .token(let token):
            receive(token)
        case .finished(let reason, let statistics):
            return finish(reason, statistics)
        case .failed(let error):
            return fail(error)
        }
        return []
    }

    private mutating func receive(_ token: GeneratedToken) {
        reply?.phase = .writing
        reply?.speed.count(at: now)
        reply?.text += token.delta
        transcript.extendReply(with: token.delta)
        if let traced = TracedToken(token) {
            record([(traced, RoutingSetting(capacity: token.capacity, policy: token.policy))])
        }
    }

    private mutating func record(_ tokens: [(token: TracedToken, setting: RoutingSetting?)]) {
        reply?.trace += tokens.map(\.token)
        trace.append(tokens)
    }

    /// Puts a note above the reply, which has not begun when notes come.
    private mutating func noteBeforeReply(_ text: String) {
        guard let reply = transcript.removeLastMessage() else { return }
        transcript.append(.note, text)
        transcript.append(.assistant, reply.body.text)
    }

    private mutating func finish(_ reason: FinishReason, _ statistics: GenerationStatistics) -> [ChatEffect] {
        if statistics.generationSeconds > 0 {
            lastSpeed = Double(statistics.generatedTokens) / statistics.generationSeconds
        }
        let effects = endReply(interrupted: reason == .cancelled)
        switch reason {
        case .endOfTurn where transcript.lastMessage?.body.text.isEmpty == true:
            transcript.append(.note, "The model said nothing; /regenerate asks again.")
        case .endOfTurn, .cancelled: break
        case .length:
            transcript.append(.note, "The reply reached its longest length; say \"go on\" for more.")
        case .contextFull: transcript.append(.note, "The context is full; /clear starts afresh.")
        }
        return effects
    }

    private mutating func fail(_ error: EngineError) -> [ChatEffect] {
        let effects = endReply(interrupted: true)
        defer {
            show(Notice(.error, [error.description, error.remedy].compactMap { $0 }.joined(separator: " ")))
        }
        guard transcript.lastMessage?.kind == .user else { return effects }
        switch error {
        case .promptTooLong, .busy:
            // The model never saw the message: it goes back to where it can be changed.
            let message = transcript.removeLastMessage()
            if composer.isEmpty, let message { composer.replace(with: message.body.text) }
            return effects + [.deleteLastMessage]
        case .model, .noPrediction:
            transcript.append(.note, "No reply came; /regenerate asks again.")
            return effects
        }
    }

    /// Ends the turn; what came of the reply is to be stored, unless nothing did.
    private mutating func endReply(interrupted: Bool) -> [ChatEffect] {
        guard let ended = reply else { return [] }
        reply = nil
        if interrupted && ended.text.isEmpty {
            transcript.removeLastMessage()
            return []
        }
        if interrupted { transcript.markReplyInterrupted() }
        return [
            .saveReply(SavedReply(text: ended.text, trace: ended.trace, interrupted: interrupted))
        ]
    }

    /// Asks the engine to stop the reply, which ends with an event of its own.
    mutating func stopReply() -> [ChatEffect] {
        guard reply?.isStopping == false else { return [] }
        reply?.isStopping = true
        return [.cancelGeneration]
    }

    /// Ends the chat; a reply under way is stopped, and what has come of it is stored.
    mutating func leave() -> [ChatEffect] {
        stopReply() + endReply(interrupted: true) + [.quit]
    }
}
