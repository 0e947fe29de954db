import InferenceEngine
import Tokenization

extension ChatState {
    /// Sends the user's message.
    mutating func send(_ text: String) -> [ChatEffect] {
        transcript.append(.user, text)
        return [.saveUserMessage(text)] + startReply()
    }

    /// Makes the newest reply anew; where the conversation ends with a question, makes the reply that is missing.
    mutating func regenerate() -> [ChatEffect] {
        guard let last = transcript.lastMessage else {
            warn("There is no reply to make anew yet.")
            return []
        }
        guard last.kind == .assistant else { return startReply() }
        transcript.removeLastMessage()
        return [.deleteLastMessage] + startReply()
    }

    /// Begins another conversation.
    mutating func startConversation(systemPrompt: String?) -> [ChatEffect] {
        transcript.systemPrompt = systemPrompt
        forgetConversation()
        return [.startConversation(systemPrompt: systemPrompt)]
    }

    /// Shows a conversation of an earlier session, of so many tokens, in place of the present one.
    mutating func restore(_ messages: [RestoredMessage], contextTokens: Int) {
        guard reply == nil else { return }
        forgetConversation()
        transcript.systemPrompt = messages.last { $0.message.role == .system }?.message.content
        for message in messages {
            if !message.trace.isEmpty { trace.beginTurn() }
            trace.append(message.trace.lazy.map { (token: $0, setting: nil) })
            switch message.message.role {
            case .system: break
            case .user: transcript.append(.user, message.message.content)
            case .assistant:
                transcript.append(.assistant, message.message.content, isInterrupted: message.interrupted)
            }
        }
        self.contextTokens = contextTokens
    }

    private mutating func startReply() -> [ChatEffect] {
        let id = nextReply
        let effect = ChatEffect.generate(id, conversation: transcript.messages, sampling: sampling)
        nextReply = id.next
        sampling.seed &+= 1
        transcript.append(.assistant, "")
        reply = Reply(id: id)
        scroll = 0
        leaveArmedUntil = nil
        // The notice was about what came before; "stopping the reply" would be wrong from here on.
        notice = nil
        trace.beginTurn()
        return [effect]
    }

    private mutating func forgetConversation() {
        transcript.removeAll()
        trace = TraceLog(blocks: trace.blocks)
        selection.token = nil
        contextTokens = 0
        lastSpeed = nil
        scroll = 0
    }
}
