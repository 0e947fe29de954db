import Conversations
import InferenceEngine
import MoDModel
import TerminalKit

/// One question answered at two capacities, one after the other, with the same random numbers, by one set of weights.
/// Nothing of it becomes part of the conversation.
struct Comparison: Sendable {
    /// The reply at one capacity, as far as it has come.
    struct Side: Sendable {
        let capacity: Capacity
        var text = ""
        /// The tokens of the reply, with where each begins in the text's UTF-8: characters may join across tokens.
        var tokens: [(id: Int32, start: Int)] = []
        /// What became of the prompt and of the reply at the blocks.
        var heatmap: Heatmap
        var speed = SpeedMeter()
        /// What the reply came to; nil until it has ended.
        var statistics: GenerationStatistics?
    }

    /// What is answered.
    let question: Conversation
    let sampling: SamplingOptions
    private(set) var sides: [Side]
    /// The reply that is coming; nil once both are there.
    private(set) var reply: ReplyID?
    /// Which side it is of.
    private(set) var current = 0
    private(set) var failure: String?
    /// Lines that the texts are scrolled down.
    private(set) var scroll = 0

    init(
        _ question: Conversation, at capacities: [Capacity], sampling: SamplingOptions,
        model: ModelDescription,
        as reply: ReplyID
    ) {
        self.question = question
        self.sampling = sampling
        self.reply = reply
        sides = capacities.map { Side(capacity: $0, heatmap: Heatmap(model)) }
    }

    /// Whether a reply is coming.
    var isRunning: Bool { reply != nil }

    /// Takes in an event of the reply that is coming, before it ends.
    mutating func receive(_ event: GenerationEvent, at now: Duration) {
        sides[current].heatmap.receive(event)
        switch event.kind {
        case .token(let token):
            sides[current].tokens.append((token.id, sides[current].text.utf8.count))
            sides[current].text += token.delta
            sides[current].speed.count(at: now)
        case .finished(_, let statistics): sides[current].statistics = statistics
        case .failed(let error): failure = "\(error)"
        case .prompt, .droppedOldestMessages: break
        }
    }

    /// Goes on to the other side, whose reply has this name.
    ///
    /// - Returns: the capacity to answer at; nil where both replies are there.
    mutating func goOn(as next: ReplyID) -> Capacity? {
        guard failure == nil, current + 1 < sides.count else {
            reply = nil
            return nil
        }
        current += 1
        reply = next
        return sides[current].capacity
    }

    /// What a key asks of the chat.
    enum Request: Sendable, Hashable {
        case none, close, redraw
    }
    /// Takes a key on a screen of some size: it scrolls the texts; Esc and Ctrl-C close the comparison.
    mutating func press(_ key: Key, _ modifiers: Modifiers, on size: Size) -> Request {
        let layout = ComparisonLayout(self, on: size)
        let last = sides.indices.map { layout.lastScroll(of: $0, in: self) }.max() ?? 0
        let page = max(1, (layout.textBoxes.map(\.size.rows).min() ?? 1) - 1)
        switch KeyTable.action(key, modifiers, in: [.help, .anywhere]) {
        case .listUp: scroll -= 1
        case .listDown: scroll += 1
        case .listPageUp: scroll -= page
        case .listPageDown: scroll += page
        case .redraw: return .redraw
        case .interrupt: return .close
        default: return key == .escape ? .close : .none
        }
        scroll = min(max(0, scroll), last)
        return .none
    }

    /// The place of the first token that is another on the two sides; nil while there is none.
    var firstDifference: Int? {
        let (one, other) = (sides[0].tokens, sides[1].tokens)
        if let place = zip(one, other).enumerated().first(where: { $1.0.id != $1.1.id })?.offset {
            return place
        }
        // One that has ended where the other goes on differs there.
        return !isRunning && one.count != other.count ? min(one.count, other.count) : nil
    }
}
