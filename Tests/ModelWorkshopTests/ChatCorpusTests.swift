import Foundation
import MoDModel
import ModelWorkshop
import Testing
import Tokenization

@Suite("Chats to fit to")
struct ChatCorpusTests {
    let bench: Workbench
    let template: ChatTemplate

    init() throws {
        bench = try Workbench()
        template = try ChatTemplate(bench.model(Workbench.dense).tokenizer())
    }

    private func read(
        _ content: String, maximumLength: Int = 1000, maximumTokens: Int = 100_000
    ) throws -> ChatCorpus {
        try ChatCorpus(
            path: bench.text(content), template: template, maximumLength: maximumLength,
            maximumTokens: maximumTokens)
    }

    private func refusal(_ path: String) throws -> String {
        let error = try #require(throws: WorkshopError.self) {
            try ChatCorpus(path: path, template: template, maximumLength: 100, maximumTokens: 100_000)
        }
        #expect(!"\(error)".contains("\n"))
        return "\(error)"
    }

    private static let first = #"{"messages": [{"role": "user", "content": "hello"}]}"#
    private static let second = #"""
        {"messages": [{"role": "system", "content": "and"}, {"role": "user", "content": "é\n"}, \#
        {"role": "assistant", "content": "the"}]}
        """#

    @Test("Chats become what the template makes of them, whatever ends and parts the lines")
    func good() throws {
        let expected = [
            [ChatMessage(role: .user, content: "hello")],
            [
                ChatMessage(role: .system, content: "and"), ChatMessage(role: .user, content: "é\n"),
                ChatMessage(role: .assistant, content: "the"),
            ],
        ].map { template.tokens(for: $0, addingGenerationPrompt: false) }
        for text in ["\(Self.first)\n\(Self.second)", "\n\(Self.first)\r\n \r\n\n\(Self.second)\n\n"] {
            let corpus = try read(text)
            #expect(corpus.sequences == expected)
            #expect(corpus.tokenCount == expected.reduce(0) { $0 + $1.count })
        }
    }

    @Test("The requests of a file are what its chats begin with")
    func requests() throws {
        let text = #"{"text": "no chat"}"#
        let path = try bench.text("\(Self.first)\n\n\(text)\n\(Self.second)\n")
        #expect(try ChatCorpus.requests(in: path) == ["hello", "é\n"])
        #expect(throws: WorkshopError.self) { try ChatCorpus.requests(in: bench.text("\(Self.first)\n{")) }
    }

    @Test("Conversations are laid out as those of a file are")
    func conversations() throws {
        let messages = [
            ChatMessage(role: .user, content: "hello"), ChatMessage(role: .assistant, content: "the"),
        ]
        let line = #"""
            {"messages": [{"role": "user", "content": "hello"}, {"role": "assistant", "content": "the"}]}
            """#
        for length in [4, 1000] {
            let corpus = ChatCorpus(
                conversations: [messages], template: template, maximumLength: length, name: "Chats")
            #expect(try corpus.chats == read(line, maximumLength: length).chats)
        }
    }

    @Test("What the assistant says counts, to the token that ends it, and nothing else")
    func replies() throws {
        let turns = [
            ChatMessage(role: .user, content: "hello the"), ChatMessage(role: .assistant, content: "and the"),
            ChatMessage(role: .user, content: "and"), ChatMessage(role: .assistant, content: "hello"),
        ]
        let lines = turns.map { #"{"role": "\#($0.role.rawValue)", "content": "\#($0.content)"}"# }
        let text = "{\"messages\": [\(lines.joined(separator: ", "))]}"
        let chat = try #require(try read(text).chats.first)
        var expected: [Bool] = []
        for end in turns.indices where turns[end].role == .assistant {
            // What a chat would send before this reply, and what the model would say.
            let prompt = template.tokens(for: Array(turns[..<end]), addingGenerationPrompt: true)
            let whole = template.tokens(for: Array(turns[...end]), addingGenerationPrompt: false)
            expected += Array(repeating: false, count: prompt.count - expected.count)
            expected += Array(repeating: true, count: whole.count - prompt.count - 1) + [false]
            #expect(whole[whole.count - 2] == template.endOfTurn)
        }
        #expect(chat.counts == expected && expected.contains(true))
        #expect(try read(Self.first).chats.map { $0.counts.contains(true) } == [false])
        let cut = try #require(try read(text, maximumLength: chat.tokens.count - 3).chats.first)
        #expect(cut.counts == expected.dropLast(3))
    }

    @Test("A text that is no chat counts as a whole, after the token that opens one")
    func texts() throws {
        let corpus = try read("\(Self.first)\n{\"text\": \"hello and the\"}")
        let text = try #require(corpus.chats.last)
        #expect(corpus.chats.count == 2 && text.tokens == template.tokens(forText: "hello and the"))
        #expect(text.counts == text.tokens.map { _ in true })
    }

    @Test("Chats are cut, and reading stops, at the lengths given")
    func lengths() throws {
        let whole = try read("\(Self.first)\n\(Self.second)\n\(Self.first)")
        let cut = try read("\(Self.first)\n\(Self.second)\n\(Self.first)", maximumLength: 12)
        #expect(cut.sequences == whole.sequences.map { Array($0.prefix(12)) })
        let stopped = try read(
            "\(Self.first)\n\(Self.second)\nno chat", maximumLength: 12, maximumTokens: 13)
        #expect(stopped.sequences == Array(cut.sequences.prefix(2)))
    }

    @Test(
        "A line that is no chat is named by its number",
        arguments: [
            "no chat", "{}", "[]", #"{"messages": []}"#, #"{"messages": [{"role": "user"}]}"#,
            #"{"messages": [{"role": "tool", "content": "x"}]}"#, #"{"text": ""}"#, #"{"text": 1}"#,
            #"{"text": "x", "messages": [{"role": "user", "content": "x"}]}"#, #"{"messages": "x"}"#,
            first + first,
        ])
    func malformed(line: String) throws {
        let path = try bench.text("\(Self.first)\n\n\(line)\n\(Self.first)\n")
        let message = try refusal(path)
        #expect(message.hasPrefix(path) && message.contains("line 3 is not a chat"), "\(message)")
    }

    @Test("Bytes that are not UTF-8 are no chat")
    func invalidBytes() throws {
        let spoiled = Data(Self.first.utf8).map { $0 == UInt8(ascii: "h") ? 0xFF : $0 }
        #expect(try refusal(bench.text(Data(spoiled))).contains("line 1 is not a chat"))
    }

    @Test("A file that is empty, missing or a directory")
    func unreadable() throws {
        #expect(try refusal(bench.text("")).contains("holds no chats"))
        #expect(try refusal(bench.text("\n \r\n")).contains("holds no chats"))
        #expect(try refusal(bench.path("missing")).contains("cannot be read"))
        #expect(try refusal(bench.path("")).contains("cannot be read"))
    }

    @Test("Parts are whole chats, one part after the other, round and round")
    func parts() {
        // Chat n has n tokens, all n.
        let chats = (1...5).map { ScoredText(Array(repeating: Int32($0), count: $0)) }
        func parts(_ counts: [Int]) -> [[Int32]] {
            ChatCorpus(chats: chats).parts(ofTokens: counts).map { $0.sequences.compactMap(\.first) }
        }
        #expect(parts([3, 4]) == [[1, 2], [3, 4]])
        #expect(parts([4, 9]) == [[1, 2, 3], [4, 5]])
        #expect(parts([9, 6]) == [[1, 2, 3, 4], [5, 1]])
        #expect(parts([1000, 2, 1]) == [[1, 2, 3, 4, 5], [1, 2], [3]])
        #expect(parts([0, 1]) == [[], [1]])
        #expect(ChatCorpus(chats: []).parts(ofTokens: [5]).map(\.sequences) == [[]])
    }
}
