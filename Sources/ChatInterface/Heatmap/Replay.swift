import Conversations

/// A reply that is shown again, token by token, as it came.
struct Replay: Sendable, Hashable {
    /// The reply's tokens, by ordinal.
    let tokens: Range<Int>
    /// The ordinal after the newest token shown.
    private(set) var end: Int
    /// When the next token is shown.
    private(set) var next: Duration

    /// Time between two tokens: as fast as one reads.
    static let interval = Duration.milliseconds(125)

    /// Begins with the first of at least one token.
    init(_ tokens: Range<Int>, at now: Duration) {
        self.tokens = tokens
        end = tokens.lowerBound + 1
        next = now + Replay.interval
    }

    /// Whether all tokens have been shown for their time.
    var isOver: Bool { end > tokens.upperBound }

    /// How far it has come.
    var progress: String {
        "replay \(min(end, tokens.upperBound) - tokens.lowerBound) of \(tokens.count)"
    }

    /// Shows the tokens whose time has come.
    mutating func advance(to now: Duration) {
        while !isOver, next <= now {
            end += 1
            next += Replay.interval
        }
    }
}

extension ChatState {
    /// Shows the reply of the chosen token again, or ends that.
    mutating func replay() {
        guard heatmap.replay == nil else { return endReplay() }
        guard !isReplying else {
            refuseWhileReplying()
            return
        }
        guard let chosen = inspector.ordinal(in: heatmap.ordinals),
            let tokens = heatmap.reply(around: chosen)
        else {
            show(Notice(.warning, "There is no reply here to show again."))
            return
        }
        notices.clear()
        inspector.token = nil
        heatmap.replay = Replay(tokens, at: now)
        if let message = heatmap.message(of: tokens.lowerBound) { chat.scroll(to: message) }
        showReplayed()
    }

    /// Goes on with what is shown again.
    mutating func advanceReplay() {
        guard heatmap.replay != nil else { return }
        heatmap.replay?.advance(to: now)
        if heatmap.replay?.isOver == true { endReplay() } else { showReplayed() }
    }

    /// Shows all of the reply, its newest token shown chosen.
    mutating func endReplay() {
        guard let replay = heatmap.replay else { return }
        let newest = min(replay.end, replay.tokens.upperBound) - 1
        heatmap.replay = nil
        chat.replayed = nil
        inspector.token = newest == heatmap.ordinals.last ? nil : newest
    }

    /// Has the chat pane show as much of the reply as the heatmap.
    private mutating func showReplayed() {
        guard let replay = heatmap.replay, let message = heatmap.message(of: replay.tokens.lowerBound),
            let text = chat.conversation[message]?.text
        else { return }
        let places = TokenPlaces(of: heatmap.texts(of: replay.tokens), in: text)
        let end = places.bytes[..<(replay.end - replay.tokens.lowerBound)].map(\.upperBound).max()
        chat.replayed = (message, end ?? 0)
    }
}
