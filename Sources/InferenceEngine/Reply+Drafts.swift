import MoDModel

/// A round of speculation: tokens are drafted, by the model at a low capacity or from the context, then verified in
/// one pass at the capacity asked for.
extension Reply {
    /// Drafts what may follow a drawn token: copies it, or else has the model guess it. Leaves the context as it was.
    /// Empty where nothing is to be drafted.
    ///
    /// - Throws: `EngineError.model` when a forward pass fails.
    mutating func draft(
        after first: Int32, in context: inout CachedContext
    ) throws(EngineError) -> [Sampler.Drafted] {
        // The pass that verifies reads the drawn token, too, and no token may be told beyond the longest reply.
        let left = min(context.room, maximumTokens - meter.generatedTokens) - 1
        guard !vocabulary.endsReply(first) else { return [] }
        var draft = lookup?.draft(after: context.tokens, first, limit: left) ?? []
        if let end = draft.firstIndex(where: vocabulary.endsReply) { draft.removeSubrange((end + 1)...) }
        guard draft.isEmpty else {
            meter.draftedTokens += draft.count
            return draft.map(Sampler.Drafted.init(copied:))
        }
        return try guess(after: first, limit: left, in: &context)
    }

    /// Has the model draft what may follow a drawn token, at the draft's capacity, at most `left` tokens.
    ///
    /// - Throws: `EngineError.model` when a forward pass fails.
    private mutating func guess(
        after first: Int32, limit left: Int, in context: inout CachedContext
    ) throws(EngineError) -> [Sampler.Drafted] {
        var setting = desk.setting
        guard let speculation = speculation.selfSpeculation, speculation.draftCapacity < setting.capacity
        else { return [] }
        setting.capacity = speculation.draftCapacity
        let start = context.tokens.count
        defer { context.truncate(to: start) }
        var draft: [Sampler.Drafted] = []
        var reply = tokens + [first]
        var newest = first
        while draft.count < min(speculation.draftTokens, left), !vocabulary.endsReply(newest),
            !cancellation.isRequested
        {
            _ = try context.forward([newest], by: setting, logits: .last)
            let drafted = try context.withLogits { sampler.draft(from: $0, reply: reply) }
            guard let drafted else { break }
            draft.append(drafted)
            newest = drafted.id
            reply.append(newest)
        }
        meter.draftedTokens += draft.count
        return draft
    }

    /// Runs a drawn token and the draft that follows it through the model in one pass; tells of the token and of as
    /// much of the draft as is kept, and decides on the token after that. Returns why the reply ends; nil while it goes
    /// on.
    ///
    /// When the capacity or the policy changes, the tokens of the draft that are not told yet are dropped: the next
    /// token is drawn as if the draft had ended there.
    ///
    /// - Throws: `EngineError.model` when the forward pass fails or the model predicts nothing.
    mutating func write(
        _ draw: Sampler.Draw, verifying draft: [Sampler.Drafted], in context: inout CachedContext
    ) throws(EngineError) -> FinishReason? {
        let setting = desk.setting
        let start = context.tokens.count
        var told = 0
        let routings = try context.forward([draw.id] + draft.map(\.id), by: setting, logits: .all)
        defer { context.truncate(to: start + told) }
        var draw = draw
        for (row, routing) in routings.enumerated() {
            told += 1
            let reason = tell(draw, routing: routing, by: setting, contextTokens: start + told)
            if let reason = reason ?? reasonToEnd { return reason }
            guard row < draft.count, desk.setting == setting else {
                next = try self.draw(row: row, in: context)
                break
            }
            let (verified, isKept) = try context.withLogits(row: row) { logits throws(EngineError) in
                try sampler.verify(draft[row], from: logits, reply: tokens)
            }
            guard isKept else {
                next = verified
                break
            }
            meter.keptTokens += 1
            draw = verified
        }
        return nil
    }
}
