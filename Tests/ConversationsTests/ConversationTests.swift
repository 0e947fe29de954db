import Conversations
import Foundation
import Testing

@Suite("A conversation is a tree, one branch of which goes on")
struct ConversationTests {
    private let date = Date(timeIntervalSince1970: 1_800_000_000)

    /// Two turns, the second reply made twice.
    private func sample() -> Conversation {
        var conversation = Conversation(systemPrompt: "Be brief.")
        conversation.append(.user, "a", date: date)
        conversation.append(.assistant, "b", date: date)
        let question = conversation.append(.user, "c", date: date)
        conversation.append(.assistant, "d", date: date)
        conversation.moveHead(to: question.id)
        conversation.append(.assistant, "e", date: date)
        return conversation
    }

    private func texts(_ conversation: Conversation) -> String { conversation.branch.map(\.text).joined() }

    @Test("Messages follow each other, with ascending numbers")
    func order() {
        let conversation = sample()
        #expect(texts(conversation) == "abce")
        #expect(conversation.messages.map(\.text) == ["a", "b", "c", "d", "e"])
        #expect(conversation.messages.map(\.id.rawValue) == [1, 2, 3, 4, 5])
        #expect(conversation.messages.map { $0.parent?.rawValue } == [nil, 1, 2, 3, 3])
        #expect(conversation.head?.text == "e" && conversation.nextID.rawValue == 6)
        #expect(Conversation().head == nil && Conversation().isEmpty)
    }

    @Test("The last turn is a question and what replies to it")
    func lastTurn() throws {
        var conversation = sample()
        var turn = try #require(conversation.lastTurn)
        #expect(turn.question?.text == "c" && turn.reply?.text == "e")
        conversation.moveHead(to: turn.question?.id)
        turn = try #require(conversation.lastTurn)
        #expect(turn.question?.text == "c" && turn.reply == nil)
        conversation.moveHead(to: nil)
        #expect(conversation.lastTurn == nil && conversation.isEmpty && conversation.messages.count == 5)
        conversation.append(.assistant, "hello", date: date)
        turn = try #require(conversation.lastTurn)
        #expect(turn.question == nil && turn.reply?.text == "hello")
    }

    @Test("Versions of a message are walked to, each with what followed it")
    func versions() {
        var conversation = sample()
        let ids = { (numbers: [Int]) in numbers.map(Message.ID.init(rawValue:)) }
        #expect(conversation.versions(of: Message.ID(rawValue: 5)) == ids([4, 5]))
        #expect(conversation.versions(of: Message.ID(rawValue: 1)) == ids([1]))
        #expect(conversation.versions(of: Message.ID(rawValue: 9)) == [])
        conversation.moveHead(to: Message.ID(rawValue: 2))
        conversation.append(.user, "f", date: date)
        conversation.append(.assistant, "g", date: date)
        #expect(texts(conversation) == "abfg")
        #expect(conversation.versions(of: Message.ID(rawValue: 3)) == ids([3, 6]))
        #expect(conversation.newest(below: Message.ID(rawValue: 3)) == Message.ID(rawValue: 5))
        #expect(conversation.newest(below: Message.ID(rawValue: 1)) == Message.ID(rawValue: 7))
        #expect(conversation.newest(below: Message.ID(rawValue: 4)) == Message.ID(rawValue: 4))
        conversation.remove(Message.ID(rawValue: 6))
        #expect(conversation.versions(of: Message.ID(rawValue: 3)) == ids([3]))
        #expect(conversation.newest(below: Message.ID(rawValue: 1)) == Message.ID(rawValue: 5))
        // The branch gone on with last, though another hangs on a later child.
        conversation.moveHead(to: Message.ID(rawValue: 4))
        conversation.append(.user, "h", date: date)
        #expect(conversation.newest(below: Message.ID(rawValue: 3)) == Message.ID(rawValue: 8))
        #expect(Conversation(systemPrompt: nil, messages: sample().messages, head: nil).isEmpty)
        let back = Conversation(systemPrompt: nil, messages: sample().messages, head: Message.ID(rawValue: 5))
        #expect(back.versions(of: Message.ID(rawValue: 4)) == ids([4, 5]))
    }

    @Test("A message grows while it comes")
    func change() {
        var conversation = sample()
        for _ in 0..<3 {
            conversation.change(Message.ID(rawValue: 5)) { $0.text += "!" }
            conversation.change(Message.ID(rawValue: 9)) { $0.text += "!" }
        }
        #expect(texts(conversation) == "abce!!!")
    }

    @Test("What is taken out goes with all that follows it, and no number is given again")
    func removal() {
        var conversation = sample()
        conversation.remove(Message.ID(rawValue: 5))
        #expect(texts(conversation) == "abc" && conversation.messages.count == 4)
        #expect(conversation.append(.assistant, "f", date: date).id.rawValue == 6)
        conversation.remove(Message.ID(rawValue: 4))
        #expect(texts(conversation) == "abcf", "another branch changes nothing in this one")
        conversation.remove(Message.ID(rawValue: 2))
        #expect(texts(conversation) == "a" && conversation.messages.count == 1)
        conversation.remove(Message.ID(rawValue: 1))
        #expect(conversation.isEmpty && conversation.messages.isEmpty)
        conversation.remove(Message.ID(rawValue: 1))
        #expect(conversation.append(.user, "z", date: date).id.rawValue == 7)
    }

    @Test("What was kept comes back, in whatever order and however damaged")
    func restored() {
        let kept = sample()
        for messages in [kept.messages, kept.messages.reversed(), kept.messages.shuffled()] {
            let back = Conversation(systemPrompt: kept.systemPrompt, messages: messages, head: kept.head?.id)
            #expect(back == kept)
        }
        func message(_ id: Int, _ parent: Int?) -> Message {
            Message(
                id: Message.ID(rawValue: id), parent: parent.map(Message.ID.init(rawValue:)), role: .user,
                text: "\(id)", date: date)
        }
        let damaged = [
            message(3, 2), message(1, nil), message(2, 7), message(1, nil), message(4, 1), message(5, 5),
            message(6, 8), message(7, 4), message(-2, nil),
        ]
        let back = Conversation(systemPrompt: nil, messages: damaged, head: Message.ID(rawValue: 99))
        #expect(back.messages.map(\.text) == ["-2", "1", "4", "7"])
        #expect(texts(back) == "147", "without its head the newest message is gone on with")
        #expect(
            texts(Conversation(systemPrompt: nil, messages: damaged, head: Message.ID(rawValue: 4))) == "14")
    }

    @Test("A branch of five thousand messages is appended to and read in no time")
    func size() {
        var conversation = Conversation()
        let time = ContinuousClock().measure {
            for turn in 0..<5000 {
                let message = conversation.append(
                    turn.isMultiple(of: 2) ? .user : .assistant, "text", date: date)
                conversation.change(message.id) { $0.text += "!" }
            }
            conversation.moveHead(to: Message.ID(rawValue: 4000))
        }
        #expect(conversation.branch.count == 4000 && conversation.branch.allSatisfy { $0.text == "text!" })
        #expect(time < .seconds(1))
    }
}
