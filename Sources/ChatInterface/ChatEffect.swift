public import InferenceEngine
public import MoDModel
public import Tokenization

/// What `update` asks of the world. The runtime carries effects out in the order given.
public enum ChatEffect: Sendable, Hashable {
    /// Start a reply to this conversation (system prompt first, where there is one) and feed what the engine
    /// tells back as `ChatEvent.generation`. Never asked while another reply is under way.
    case generate(conversation: [ChatMessage], sampling: SamplingOptions)
    /// Stop the reply under way; the engine still ends it with `finished` or `failed`.
    case cancelGeneration
    /// Turn the engine's dial, from the next token on.
    case setCapacity(Capacity)
    /// Make the engine route by this policy, from the next token on.
    case setPolicy(RoutingPolicy)
    /// Append the user's message to the stored conversation.
    case saveUserMessage(String)
    /// Append a reply to the stored conversation.
    case saveReply(SavedReply)
    /// Take the newest message out of the stored conversation: a reply that is made anew, or a message that
    /// did not fit the context and went back to the composer.
    case deleteLastMessage
    /// Leave the stored conversation as it is and begin another. Best made in the store when its first
    /// message comes, so that no empty conversations pile up.
    case startConversation(systemPrompt: String?)
    /// Write this text (Markdown) to a file, and tell how it went with a notice. No path: choose one.
    case exportTranscript(text: String, path: String?)
    /// Draw every cell again, whatever is believed to be on the screen.
    case redraw
    /// End the chat. Always the last effect.
    case quit
}
