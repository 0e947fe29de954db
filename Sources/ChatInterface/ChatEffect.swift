public import Conversations
public import InferenceEngine
public import MoDModel

/// What a change of the chat's state asks of the world. The runtime carries effects out in the order given.
public enum ChatEffect: Sendable, Hashable {
    /// Start a reply of this name to a conversation's branch and bring what the engine tells as events
    /// `ChatEvent.generation`. Never asked while another reply is under way.
    ///
    /// The reply goes on after the text `continuing`, which is empty for a new one.
    case generate(ReplyID, conversation: Conversation, continuing: String, sampling: SamplingOptions)
    /// Start a reply of this name to a conversation's branch, all of whose tokens are computed again at the capacity in
    /// force, and bring what the engine tells as events `ChatEvent.generation`.
    case generateAfresh(ReplyID, conversation: Conversation, sampling: SamplingOptions)
    /// Stop the reply under way; the engine still ends it with `finished` or `failed`.
    case cancelGeneration
    /// Set the capacity that the engine routes at, from the next token on.
    case setCapacity(Capacity)
    /// Hold so many tokens a second, from the next token on, by moving the capacity; nil: leave it where it is.
    case holdSpeed(Double?)
    /// Set the policy that the engine routes by, from the next token on.
    case setPolicy(RoutingPolicy)
    /// Keep a message of a conversation in the store, with the tokens of its turn and their routing. The conversation's
    /// other messages are kept, or were not to be.
    case save(Message.ID, of: Conversation, trace: [TracedToken])
    /// Take a message out of the stored conversation, with all that follows it: one that did not fit the context and
    /// went back to the composer.
    case forget(Message.ID)
    /// Note in the store after which message, its head, a conversation goes on.
    case moveHead(of: Conversation)
    /// Read the traces of the turns that ended with these messages of the conversation that is kept, and bring them as
    /// `ChatEvent.traced` with the number of the request.
    case readTraces(of: [Message.ID], request: Int)
    /// Find the conversations that have all words of a text, or all conversations, and bring them as `ChatEvent.found`.
    case search(String)
    /// Open a conversation that is kept, and bring it as `ChatEvent.restored`. A reply of so many tokens is to fit its
    /// context.
    case open(StoredConversation.ID, maximumTokens: Int)
    /// Keep from here on what is said in a conversation that is kept: the one that was opened and is shown.
    case keep(in: StoredConversation.ID)
    /// Give a conversation that is kept another title.
    case rename(StoredConversation.ID, to: String)
    /// Delete a conversation that is kept, or bring it back.
    case delete(StoredConversation.ID), undelete(StoredConversation.ID)
    /// Put a conversation that is kept above the others, or back among them.
    case pin(StoredConversation.ID, Bool)
    /// Have a text written in the user's editor, and bring what became of it as `ChatEvent.edited`.
    case edit(String)
    /// Leave the stored conversation as it is and begin another, which is best stored with its first message, so that
    /// no empty conversations pile up.
    case startConversation
    /// Write a text to a file, at a path of the runtime's choice where none is given, and tell how it went
    /// with a notice.
    case exportTranscript(text: String, path: String?)
    /// Put a text on the clipboard of whoever sits at the terminal.
    case copy(String)
    /// Answer a question about depth as `ChatEvent.answered`, once no reply is coming. Another such effect, or another
    /// reply, takes its place.
    case look(DepthQuestion)
    /// Have the terminal report what is done with the mouse, or keep the mouse to itself.
    case setMouse(Bool)
    /// Draw every cell again, whatever is believed to be on the screen.
    case redraw
    /// End the chat. Always the last effect.
    case quit
}
