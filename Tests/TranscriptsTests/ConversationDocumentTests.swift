import Conversations
import Foundation
import Testing
import Transcripts

@Suite("Conversations as documents of JSON")
struct ConversationDocumentTests {
    /// 2026-11-25T01:13:37.125Z.
    static let date = Date(timeIntervalSince1970: 1_795_569_217.125)

    /// A conversation with two replies to one question, another beginning, and a head on the first branch.
    private func conversation() -> Conversation {
        func message(_ id: Int, _ parent: Int?, _ role: Message.Role, _ text: String) -> Message {
            Message(
                id: Message.ID(rawValue: id), parent: parent.map(Message.ID.init(rawValue:)), role: role,
                text: text, date: Self.date.addingTimeInterval(Double(id)),
                capacity: role == .user ? nil : 0.1 + Double(id) / 10,
                sampling: role == .user
                    ? nil : SamplingOptions(temperature: 0.7, topP: 0.92, seed: .max - UInt64(id)),
                isInterrupted: id == 4)
        }
        return Conversation(
            systemPrompt: "Be \"brief\".\n",
            messages: [
                message(1, nil, .user, "first\u{0}\u{1B}[31m"), message(2, 1, .assistant, "one ü 🐟"),
                message(4, 1, .assistant, ""), message(7, nil, .user, "other"),
                message(8, 2, .user, "second"),
            ], head: Message.ID(rawValue: 2))
    }

    private func document() -> ConversationDocument {
        ConversationDocument(
            conversation(), title: "first", modelName: "Tiny", created: Self.date,
            updated: Self.date.addingTimeInterval(60))
    }

    @Test("What is written comes back, with all branches")
    func roundTrip() throws {
        let json = document().json
        #expect(json.contains(#""format" : "fathom-conversation/1""#))
        #expect(json.contains("2026-11-25T01:13:38.125Z") && json.contains("\"temperature\" : 0.7"))
        let read = try ConversationDocument(json: json)
        #expect(read == document())
        #expect(read.conversation.branch.map(\.id.rawValue) == [1, 2])
        #expect(read.json == json)
    }

    @Test("A conversation that begins anew, without a system prompt")
    func bare() throws {
        var document = document()
        document.conversation.systemPrompt = nil
        document.conversation.moveHead(to: nil)
        let read = try ConversationDocument(json: document.json)
        #expect(read == document && read.conversation.isEmpty && read.conversation.messages.count == 5)
    }

    @Test("Traces are left out")
    func traces() throws {
        var document = document()
        document.conversation.change(Message.ID(rawValue: 2)) { $0.trace = Data([1, 2, 3]) }
        let read = try ConversationDocument(json: document.json)
        #expect(read.conversation[Message.ID(rawValue: 2)]?.trace == nil)
    }

    @Test(
        "A fault is told with the field that has it",
        arguments: [
            (#""fathom-conversation/1""#, #""fathom-conversation/2""#, "is “fathom-conversation/2”"),
            (#""format" : "fathom-conversation/1","#, "", "The field format is missing."),
            (#""head" : 2"#, #""head" : 3"#, "The field head is 3, which no message has."),
            (#""head" : 2"#, #""head" : "2""#, "The field head is of another type."),
            (#""parent" : 2"#, #""parent" : 3"#, "messages[4].parent is 3, which no message has."),
            (#""parent" : 2"#, #""parent" : 8"#, "messages[4].parent is 8; what message 8 follows has"),
            (#""id" : 7"#, #""id" : 4"#, "messages[3].id is 4, as another message's."),
            (#""id" : 7"#, #""id" : 0"#, "messages[3].id is 0; give 1 to 2147483647."),
            (#""id" : 7"#, #""id" : 2147483648"#, "messages[3].id is 2147483648; give 1 to"),
            (#""id" : 7"#, #""id" : 1.5"#, "The field messages[3].id cannot be read."),
            (#""text" : "other""#, #""words" : "other""#, "The field messages[3].text is missing."),
            (#""text" : "other""#, #""text" : null"#, "The field messages[3].text is of another type."),
            ("2026-11-25T01:13:44.125Z", "2026-02-30T01:13:44.125Z", "messages[3].date is “2026-02-30"),
            ("2026-11-25T01:13:44.125Z", "yesterday", "messages[3].date is “yesterday”; give a date such as"),
            ("2026-11-25T01:14:37.125Z", "2026-11-25", "The field updated is “2026-11-25”"),
            (#""temperature" : 0.7"#, #""temperature" : 1e9"#, "messages[1].sampling.temperature is 1e+09"),
            (#""maximumTokens" : 1024"#, #""maximumTokens" : 0"#, "sampling.maximumTokens is 0; give"),
            (
                #""seed" : 18446744073709551613"#, #""seed" : -1"#,
                "The field messages[1].sampling cannot be read."
            ),
            (#""role" : "user""#, #""role" : "system""#, "role is “system”; give user or assistant."),
            ("0.30000000000000004", "1.5", "messages[1].capacity is 1.5; give 0 to 1."),
        ])
    func faults(old: String, new: String, says: String) throws {
        let json = document().json
        let range = try #require(json.range(of: old), "\(json)")
        let spoilt = json.replacingCharacters(in: range, with: new)
        let error = #expect(throws: TranscriptError.self) { try ConversationDocument(json: spoilt) }
        let description = try #require(error).description
        #expect(description.contains(says), "\(description)")
    }

    @Test("A circle of messages is refused")
    func circle() throws {
        let messages = """
            {"id": 1, "parent": 2, "role": "user", "text": "", "date": "2026-11-25T01:13:44.125Z"},
            {"id": 2, "parent": 1, "role": "user", "text": "", "date": "2026-11-25T01:13:44.125Z"}
            """
        let error = #expect(throws: TranscriptError.self) { try ConversationDocument(json: json(messages)) }
        #expect(error == .field("messages[0].parent", "is 2; what message 1 follows has a smaller id"))
    }

    @Test("Messages may stand in any order; a conversation has at least one")
    func order() throws {
        let messages = """
            {"id": 2, "parent": 1, "role": "assistant", "text": "b", "date": "2026-11-25T01:13:44.125Z"},
            {"id": 1, "role": "user", "text": "a", "date": "2026-11-25T01:13:44.125Z", "later": [1]}
            """
        let read = try ConversationDocument(json: json(messages))
        #expect(read.conversation.messages.map(\.text) == ["a", "b"])
        #expect(throws: TranscriptError.self) { try ConversationDocument(json: json("")) }
    }

    @Test("A text that is too long is refused")
    func long() throws {
        var document = document()
        document.conversation.change(Message.ID(rawValue: 1)) {
            $0.text = String(repeating: "a", count: ConversationDocument.longestText + 1)
        }
        let json = document.json
        let error = #expect(throws: TranscriptError.self) { try ConversationDocument(json: json) }
        #expect(error == .field("messages[0].text", "is over 16777216 bytes"))
    }

    @Test("What is no JSON is refused", arguments: ["", "{", "[]", "7", "{} x", "\u{0}"])
    func garbage(text: String) {
        #expect(throws: TranscriptError.self) { try ConversationDocument(json: text) }
    }

    @Test("Nothing that is changed at random brings the program down")
    func mutations() {
        let bytes = Array(document().json.utf8)
        var state: UInt64 = 7
        func next(_ limit: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % limit
        }
        for _ in 0..<2000 {
            var spoilt = bytes
            for _ in 0...next(3) {
                switch next(3) {
                case 0: spoilt[next(spoilt.count)] = UInt8(next(128))
                case 1: spoilt.remove(at: next(spoilt.count))
                default: spoilt.insert(UInt8(ascii: "9"), at: next(spoilt.count))
                }
            }
            let read = try? ConversationDocument(json: String(decoding: spoilt, as: UTF8.self))
            // Whatever is taken can be written and read again.
            if let read { #expect((try? ConversationDocument(json: read.json)) == read) }
        }
    }

    private func json(_ messages: String) -> String {
        """
        {"format": "fathom-conversation/1", "title": "", "model": "", "messages": [\(messages)],
        "created": "2026-11-25T01:13:44.125Z", "updated": "2026-11-25T01:13:44.125Z"}
        """
    }
}
