public import InferenceEngine
public import MoDModel
public import TerminalKit

/// Everything the screen shows and everything keys act on: `update` changes it, `view` draws it.
public struct ChatState: Sendable {
    /// The model that is talked with.
    public let model: ModelDescription
    /// What the terminal can show.
    public let appearance: Appearance
    /// The screen's size in cells.
    public internal(set) var size: Size
    /// The capacity asked for, at which the engine should route.
    public internal(set) var capacity: Capacity
    /// The policy chosen, by which the engine should route.
    public internal(set) var policy: RoutingPolicy
    /// Which part of the screen the keys go to.
    public internal(set) var focus = Focus.composer

    /// How the tokens of replies are drawn; the seed goes up by one a reply, so that a reply made anew is another.
    var sampling: SamplingOptions
    /// The capacity that `=` goes back to from the dense model.
    var capacityBeforeDense: Capacity
    var transcript: Transcript
    var reply: Reply?
    /// The name of the reply that is asked for next.
    var nextReply = ReplyID.first
    var trace: TraceLog
    var selection: Selection
    var composer = Composer()
    /// Lines the chat pane is scrolled up; at 0 it follows the newest line.
    var scroll = 0
    /// Lines the help is scrolled down; nil while it is closed.
    var helpScroll: Int?
    var notice: ShownNotice?
    /// Until when another Ctrl-C leaves the chat; nil when one more would only say so.
    var leaveArmedUntil: Duration?
    /// The newest time any event brought.
    var now = Duration.zero
    /// Tokens in the context, as the engine told last; none in a new conversation.
    var contextTokens = 0
    /// The speed of the last reply, in tokens a second.
    var lastSpeed: Double?

    /// Creates the state a chat starts in.
    ///
    /// - Parameters:
    ///   - model: The model that is talked with.
    ///   - size: The screen's size in cells; `TerminalEvent.resize` changes it.
    ///   - appearance: What the terminal can show.
    ///   - sampling: How the tokens of replies are drawn.
    ///   - systemPrompt: What the model is told first; nil leaves the chat template's own.
    ///   - capacity: Where the dial starts; nil takes the model's default.
    ///   - policy: How scores become grades at first.
    public init(
        model: ModelDescription, size: Size, appearance: Appearance = Appearance(),
        sampling: SamplingOptions = SamplingOptions(), systemPrompt: String? = nil, capacity: Capacity? = nil,
        policy: RoutingPolicy = .held
    ) {
        let blocks = BlockMap(model)
        self.model = model
        self.appearance = appearance
        self.size = size
        self.sampling = sampling
        self.capacity = capacity ?? model.defaultCapacity
        self.policy = policy
        capacityBeforeDense = model.defaultCapacity
        trace = TraceLog(blocks: blocks)
        selection = Selection(token: nil, block: blocks.routed.last ?? max(0, blocks.count - 1))
        transcript = Transcript(systemPrompt: systemPrompt, columns: 1)
        transcript.rewrap(columns: layout.chatTextColumns)
    }

    /// Whether a reply is under way.
    public var isReplying: Bool { reply != nil }

    /// When a `ChatEvent.tick` would next change the picture, if nothing else happens; nil when none would.
    public var wakeTime: Duration? { notice?.until }

    var layout: Layout { Layout(self) }

    /// The capacity and the policy that the next token is to be routed by.
    var setting: RoutingSetting { RoutingSetting(capacity: capacity, policy: policy) }
}
