import Conversations
import InferenceEngine

/// The reply under way, as far as it has come.
struct Reply: Sendable, Hashable {
    enum Phase: Sendable, Hashable {
        /// The engine was asked for a reply and has told nothing yet.
        case waiting
        /// The prompt goes through the model (prefill); so many tokens of it are done.
        case reading(processed: Int, total: Int)
        /// The reply's tokens come (decode).
        case writing
    }

    /// The name by which its events are known.
    let id: ReplyID
    /// The message that its text goes into.
    let message: Message.ID
    /// The conversation's head before, to go back to where no reply comes.
    let headBefore: Message.ID?
    /// The text that it goes on after; empty for a new reply.
    let start: String
    /// How its tokens are drawn.
    let sampling: SamplingOptions
    var phase = Phase.waiting
    /// Whether the user has stopped the reply and the engine has not ended it yet.
    var isStopping = false
    /// All tokens of this turn, those of the prompt first, for the store.
    var trace: [TracedToken] = []
    var speed = SpeedMeter()
}
