import Conversations
import Foundation
import InferenceEngine

func answer(to question: String, by path: String) async throws -> String {
    let engine = try InferenceEngine(contentsOf: path)
    var conversation = Conversation()
    conversation.append(.user, question, date: .now)
    var reply = ""
    for await event in engine.generate(conversation, sampling: SamplingOptions()) {
        if case .token(let token) = event.kind { reply += token.delta }
    }
    return reply
}
