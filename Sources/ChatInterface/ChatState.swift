public import Conversations
public import Foundation
public import MoDModel
public import Settings
public import TerminalKit

/// Everything the screen shows and everything keys act on: `update` changes it, `view` draws it.
public struct ChatState: Sendable {
    /// The model that is talked with.
    public let model: ModelDescription
    /// From which scores on tokens are processed at which capacity; nil where that is not known.
    let thresholds: ThresholdTable?
    /// What the terminal can show.
    public private(set) var appearance: Appearance
    /// The screen's size in cells.
    public internal(set) var size: Size
    /// Which part of the screen the keys go to.
    public internal(set) var focus = Focus.composer

    var dial: Dial
    var chat: ChatPane
    var composer = Composer()
    /// The walk through completions that Tab goes on with; nil where another key came since.
    var completing: CompletionWalk?
    var heatmap: Heatmap
    var inspector: Inspector
    /// What covers the panes, the topmost last.
    var overlays: [Overlay] = []
    /// One question answered at two capacities, over everything else; nil as a rule.
    var comparison: Comparison?
    var notices = NoticeBoard()
    /// How often traces were asked of the store, or another conversation shown: answers to earlier questions come too
    /// late.
    var traceRequest = 0
    /// How the tokens of replies are drawn; the seed goes up by one a reply, so that a reply made anew is another.
    var sampling: SamplingOptions
    /// What the user decided for all chats, and for this one.
    var settings: Settings
    /// The tokens a second that the engine holds by moving the capacity; nil where the user does that.
    var heldSpeed: Double?
    /// Whether the terminal said that its background is light.
    private var hasLightBackground = false
    /// The newest time any event brought.
    var now = Duration.zero
    /// The date at the time zero of events.
    private let start: Date

    /// Creates the state a chat starts in.
    ///
    /// - Parameters:
    ///   - model: The model that is talked with.
    ///   - size: The screen's size in cells; `TerminalEvent.resize` changes it.
    ///   - start: The date at the time zero of events.
    ///   - appearance: What the terminal can show.
    ///   - sampling: How the tokens of replies are drawn.
    ///   - systemPrompt: What the model is told first; nil leaves the chat template's own.
    ///   - capacity: Where the dial starts; nil takes the model's default.
    ///   - policy: How scores become grades at first.
    ///   - thresholds: By which it is told what another capacity would have done; nil tells nothing of it.
    ///   - settings: What the user decided for all chats, by which the colours go.
    public init(
        model: ModelDescription, size: Size, start: Date, appearance: Appearance = Appearance(),
        sampling: SamplingOptions = SamplingOptions(), systemPrompt: String? = nil, capacity: Capacity? = nil,
        policy: RoutingPolicy = .held, thresholds: ThresholdTable? = nil, settings: Settings = Settings()
    ) {
        self.model = model
        self.size = size
        self.start = start
        self.appearance = appearance
        self.settings = settings
        self.thresholds = thresholds
        self.sampling = sampling
        dial = Dial(model, capacity: capacity, policy: policy)
        chat = ChatPane(systemPrompt: systemPrompt)
        heatmap = Heatmap(model)
        let blocks = heatmap.log.blocks
        inspector = Inspector(token: nil, block: blocks.routed.last ?? max(0, blocks.count - 1))
        chooseTheme()
    }

    /// Takes in what the terminal says of its background.
    mutating func show(lightBackground isLight: Bool) {
        hasLightBackground = isLight
        chooseTheme()
    }

    /// Goes by the theme that is set, or else by the terminal's background.
    mutating func chooseTheme() {
        let chosen = settings.text(.theme).flatMap(Appearance.Theme.init)
        appearance.theme = chosen ?? (hasLightBackground ? .light : .dark)
    }

    /// The capacity asked for, at which the engine should route.
    public var capacity: Capacity { dial.capacity }

    /// The policy chosen, by which the engine should route.
    public var policy: RoutingPolicy { dial.policy }

    /// Whether a reply is under way.
    public var isReplying: Bool { chat.reply != nil || comparison?.isRunning == true }

    /// When a `ChatEvent.tick` would next change the picture, if nothing else happens; nil when none would.
    public var wakeTime: Duration? {
        [notices.shown?.until, heatmap.replay?.next].compactMap { $0 }.min()
    }

    /// The most tokens whose routing the heatmap keeps.
    public static var mostTracedTokens: Int { TraceLog.limit }

    /// The present date.
    var date: Date { start + now / .seconds(1) }
}
