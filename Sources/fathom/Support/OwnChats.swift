import Conversations
import Foundation
import GGUF
package import InferenceEngine
package import MoDModel
package import ModelWorkshop
package import Tokenization

/// Chats in which a model itself answers the requests of chats that another model wrote.
///
/// A conversion is fitted to what a model does while it writes; replies that the model would not give lead it
/// elsewhere.
package struct OwnChats: Codable, Sendable, Hashable {
    /// What tells the model from others: its name and the bytes of its file.
    private let model: String
    private let requests: [String]
    /// To the first of the requests, in order; nil to one that the context has no room for.
    private var replies: [String?] = []
    /// Of all chats written, as the context counts them.
    private var tokens = 0

    /// The perplexity up to which replies may pass for the model's own. SmolLM2-135M-Instruct's own have 3 for it.
    private static let familiarPerplexity = 4.0
    /// Tokens of chats by which that is measured.
    private static let trialTokens = 2000

    /// Prepares to answer requests.
    package init(model: MoDModel, requests: [String]) {
        self.model = "\(model.description.name), \(model.file.byteCount) bytes"
        self.requests = requests
    }

    /// The chats written so far, a request and a reply each.
    package var chats: [[ChatMessage]] {
        zip(requests, replies).compactMap { request, reply in
            reply.map {
                [ChatMessage(role: .user, content: request), ChatMessage(role: .assistant, content: $0)]
            }
        }
    }

    /// Whether the replies of a corpus surprise a model no more than its own would.
    ///
    /// - Throws: `ModelError`, `WorkshopError` where the model cannot run.
    package static func areFamiliar(_ corpus: ChatCorpus, to model: MoDModel, threads: Int?) throws -> Bool {
        let session = try ModelSession(
            model: model, contextLength: ModelConverter.longestChat, threadCount: threads)
        let chats = corpus.parts(ofTokens: [trialTokens])[0].chats
        let score = try TextScorer(session: session, window: ModelConverter.longestChat)
            .score(chats, capacity: .dense)
        return score.tokens == 0 || score.perplexity <= familiarPerplexity
    }

    /// Goes on with what `keep` wrote to a file, if there is one.
    ///
    /// - Throws: a `Failure` for the file of another model or other requests, or one that is damaged.
    package mutating func resume(from path: String) throws {
        guard let data = FileManager.default.contents(atPath: path) else { return }
        guard let kept = try? JSONDecoder().decode(OwnChats.self, from: data), kept.model == model,
            kept.requests == requests, kept.replies.count <= requests.count
        else {
            throw Failure(
                .inputText,
                "\(path) is of another model or other chats, or damaged. Remove it, or convert without --resume."
            )
        }
        self = kept
    }

    /// Writes to a file what `resume` goes on with.
    ///
    /// - Throws: a `Failure` where the file cannot be written.
    package func keep(at path: String) throws {
        do {
            try JSONEncoder().encode(self).write(to: URL(filePath: path), options: .atomic)
        } catch {
            throw Failure(.cannotWrite, "\(path) cannot be written: \(Output.reason(error)).")
        }
    }

    /// Lets the model answer the next request; the same model gives the same replies.
    ///
    /// - Parameters:
    ///   - limit: tokens of chats after which no more are written.
    /// - Returns: how much is done, 0…1; nil once there is nothing left to write.
    /// - Throws: `EngineError` where the model fails.
    package mutating func writeNext(with engine: InferenceEngine, limit: Int) async throws -> Double? {
        let next = replies.count
        guard next < requests.count, tokens < limit else { return nil }
        var conversation = Conversation()
        conversation.append(.user, requests[next], date: .now)
        var reply: String? = ""
        // A reply that is cut short is cut where the corpus cuts chats, so that none ends where the model did not.
        let sampling = SamplingOptions(
            temperature: 0.7, seed: UInt64(next), maximumTokens: ModelConverter.longestChat)
        for await event in engine.generate(conversation, sampling: sampling) {
            switch event.kind {
            case .token(let token): reply? += token.delta
            case .finished: tokens += min(event.contextTokens ?? 0, ModelConverter.longestChat)
            case .failed(.promptTooLong): reply = nil
            case .failed(let error): throw error
            case .prompt, .droppedOldestMessages: break
            }
        }
        replies.append(reply)
        return max(Double(replies.count) / Double(requests.count), min(Double(tokens) / Double(limit), 1))
    }
}
