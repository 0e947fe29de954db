import InferenceEngine
import Tokenization

extension ChatState {
    /// Sends the user's message.
    mutating func send(_ text: String) -> [ChatEffect] {
        transcript.append(.user, text)
        return [.saveUserMessage(text)] + startReply()
    }

    /// Makes the newest reply anew, or one that is missing.
    mutating func regenerate() -> [ChatEffect] {
        guard let last = transcript.lastMessage else {
            warn("There is no reply to make anew yet.")
            return []
        }
        guard last.kind == .assistant else { return startReply() }
        transcript.removeLastMessage()
        contextTokens = max(0, contextTokens - lastReplyTokens)
        return [.deleteLastMessage] + startReply()
    }

    /// Begins another conversation.
    mutating func startConversation(systemPrompt: String?) -> [ChatEffect] {
        transcript.systemPrompt = systemPrompt
        forgetConversation()
        return [.startConversation(systemPrompt: systemPrompt)]
    }

    /// Takes over a conversation of an earlier session.
    mutating func restore(_ messages: [RestoredMessage]) {
        guard reply == nil else { return }
        forgetConversation()
        transcript.systemPrompt = messages.last { $0.message.role == .system }?.message.content
        for message in messages {
            if !message.trace.isEmpty { trace.beginTurn() }
            for token in message.trace { trace.append(token) }
            switch message.message.role {
            case .system: break
            case .user: transcript.append(.user, message.message.content)
            case .assistant:
                transcript.append(.assistant, message.message.content, isInterrupted: message.interrupted)
            }
        }
    }

    private mutating func startReply() -> [ChatEffect] {
        let effect = ChatEffect.generate(conversation: transcript.messages, sampling: sampling)
        sampling.seed &+= 1
        transcript.append(.assistant, "")
        reply = Reply()
        lastReplyTokens = 0
        scroll = 0
        leaveArmedUntil = nil
        trace.beginTurn()
        return [effect]
    }

    private mutating func forgetConversation() {
        transcript.removeAll()
        trace = TraceLog(blocks: trace.blocks)
        selection.token = nil
        contextTokens = 0
        lastReplyTokens = 0
        lastSpeed = nil
        scroll = 0
    }
}
