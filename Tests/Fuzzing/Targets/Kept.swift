import Conversations
import Foundation
import InferenceEngine
import MoDModel
import Transcripts

extension FuzzTarget {
    /// A conversation to be imported, and what is made of it.
    static let document = FuzzTarget(
        name: "document",
        seeds: {
            var conversation = Conversation(systemPrompt: "Be kind.")
            let date = Date(timeIntervalSince1970: 1)
            conversation.append(.user, "1 < 2 & \"3\"?", date: date)
            conversation.append(.assistant, "**Yes** <script>alert(1)</script>", date: date)
            conversation.append(.user, "[a](javascript:x)", date: date)
            let document = ConversationDocument(
                conversation, title: "T", modelName: "m", created: date, updated: date)
            return [
                Data(document.json.utf8), Data("{\"format\":\"fathom-conversation/1\",\"messages\":[]}".utf8),
            ]
        }
    ) { bytes in
        guard let document = try? ConversationDocument(json: InputReader(bytes).text) else { return }
        let again = try? ConversationDocument(json: document.json)
        require(again == document, "another conversation came back")
        let branch = document.conversation
        require(Array(branch.branch.prefix(1)).allSatisfy { $0.parent == nil }, "a branch without a root")
        _ = MarkdownTranscript.text(of: branch, modelName: document.modelName)
        let page = HTMLTranscript.text(of: branch, modelName: document.modelName, title: document.title)
        let lower = page.lowercased()
        require(!lower.contains("<script"), "a script in a page")
        require(!lower.contains("=\"javascript:") && !lower.contains("=\"data:"), "a script in a link")
    }

    /// The traces that are kept with a conversation. What the bytes' checksum would be is put behind them, so that they
    /// are read at all.
    static let trace = FuzzTarget(
        name: "trace",
        seeds: {
            let graded = TokenRouting(
                grades: [.full, .bypassed, .thin], scores: [1, 2],
                thresholds: [Thresholds(full: 1, thin: -1), .none], reasons: [.score, .budget])
            let prediction = TracedToken.Prediction(
                probability: 0.5, entropy: 2, runnersUp: [.init(id: 300, text: "b", probability: 0.25)])
            let tokens = [
                TracedToken(id: 1, text: "a", routing: graded, prediction: prediction),
                TracedToken(id: 2, text: "", routing: graded, prediction: nil),
            ]
            return [[], tokens].map { RoutingTraceArchive.encode($0).dropLast(4) }
        }
    ) { bytes in
        var data = Data(bytes)
        _ = try? RoutingTraceArchive.decode(data)
        let sum = data.reduce(UInt32(2_166_136_261)) { ($0 ^ UInt32($1)) &* 16_777_619 }
        withUnsafeBytes(of: sum.littleEndian) { data.append(contentsOf: $0) }
        guard let tokens = try? RoutingTraceArchive.decode(data) else { return }
        let kept = RoutingTraceArchive.encode(tokens)
        guard let again = try? RoutingTraceArchive.decode(kept) else { fatalError("it cannot be read again") }
        require(RoutingTraceArchive.encode(again) == kept, "other traces came back")
    }
}
