/// How much is run for each row of the report, in tokens.
package struct BenchPlan: Sendable, Hashable {
    /// Rounds over all rows; medians count.
    package let rounds: Int
    /// Tokens of a prompt.
    package let prompt: Int
    /// Tokens decoded after it.
    package let decoded: Int
    /// Tokens in the cache before decoding in a shallow context.
    package let shallow: Int
    /// Tokens in the cache before decoding in a deep one.
    package let deep: Int
    /// Tokens that are timed one by one.
    package let steps: Int
    /// Tokens of a long message, about.
    package let longMessage: Int
    /// The most tokens of a chat's reply.
    package let reply: Int
    /// How often a round asks for that reply with and without a screen: the difference is small beside a machine's
    /// moods.
    package let chats: Int

    /// A full plan, or one short round. A model with a short context gets what has room in it.
    package init(isQuick: Bool, contextLength: Int) {
        rounds = isQuick ? 1 : 5
        decoded = min(isQuick ? 16 : 64, max(1, contextLength / 8))
        let room = max(1, contextLength - decoded)
        prompt = min(isQuick ? 128 : 512, room)
        shallow = min(100, room)
        deep = min(isQuick ? 800 : 4000, room)
        steps = min(isQuick ? 64 : 256, max(1, contextLength - shallow))
        // The chat template and a reply need room, too.
        longMessage = min(deep, contextLength / 2)
        reply = isQuick ? 16 : 128
        chats = isQuick ? 1 : 3
    }

    /// Tokens of text that the rows need.
    package var tokenCount: Int { max(max(prompt, deep) + decoded, shallow + steps) }
}
