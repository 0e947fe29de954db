import ChatInterface
import Conversations
import Foundation
import InferenceEngine
import MoDModel
import TerminalKit
import TestSupport
import Testing

/// Whatever happens in whatever order, the state stays sound and the picture drawable.
@Suite struct PropertyTests {
    @Test(arguments: 0..<32)
    func randomEvents(seed: UInt64) {
        var source = EventSource(seed: seed)
        var state = source.state()
        var isReplying = false
        let cache = WrapCache()
        for step in 0..<150 {
            let event = source.event()
            let effects = update(&state, event)
            for effect in effects {
                if case .generateAfresh(let reply, _, _) = effect { source.asked = reply }
                if case .generate(let reply, let conversation, _, _) = effect {
                    source.asked = reply
                    // What was queued is said as soon as the reply before has ended.
                    var hasEnded = false
                    if case .generation(let event, _) = event, case .finished = event.kind { hasEnded = true }
                    #expect(!isReplying || hasEnded, "a second reply at step \(step)")
                    #expect(conversation.head?.role == .user)
                    isReplying = true
                }
            }
            #expect(effects.firstIndex(of: .quit).map { $0 == effects.count - 1 } ?? true)
            isReplying = state.isReplying
            #expect((0...1).contains(state.capacity.value))
            // Drawing is dear in debug builds: now and then is enough.
            if step.isMultiple(of: 5) {
                let frame = view(state)
                check(frame, state)
                #expect(view(state, cache) == frame, "what an earlier picture took to make changes nothing")
            }
        }
    }

    private func check(_ frame: Frame, _ state: ChatState) {
        #expect(
            frame.size.columns == max(0, state.size.columns) && frame.size.rows == max(0, state.size.rows))
        if let cursor = frame.cursor {
            #expect((0..<frame.size.columns).contains(cursor.column))
            #expect((0..<frame.size.rows).contains(cursor.row))
        }
        for row in 0..<frame.size.rows {
            for column in 0..<frame.size.columns {
                for scalar in frame[column, row].text.unicodeScalars
                where scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) {
                    Issue.record("control character \(scalar.value) at \(column), \(row)")
                }
            }
        }
    }
}

/// Random events, sound ones and damaged ones.
private struct EventSource {
    private var random: SeededGenerator
    private var time = Duration.zero
    /// The reply that was asked for last.
    var asked = ReplyID.first

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    private mutating func pick<T>(_ values: [T]) -> T {
        values[Int.random(in: values.indices, using: &random)]
    }

    mutating func state() -> ChatState {
        let blocks = pick([0, 1, 6, 30, 90])
        let model = ModelDescription(
            name: pick(["SmolLM2-135M", "", "日本語モデル-1", "a\u{1B}[2J\nb"]), blockCount: blocks,
            routedBlocks: pick([[], Array(0..<blocks), [0, 2, 4, 400]]), anchorTokens: 4, contextLength: 512,
            defaultCapacity: pick([.dense, Capacity(0.5) ?? .dense]),
            weights: pick([
                WeightBytes(outsideBlocks: 0, fullBlock: 0, bypassedBlock: 0),
                WeightBytes(outsideBlocks: 10, fullBlock: 20, bypassedBlock: 3),
                WeightBytes(outsideBlocks: 10, fullBlock: 20, thinBlock: 9, bypassedBlock: 3),
            ]))
        let appearance = Appearance(
            glyphs: pick([.unicode, .ascii]),
            colors: pick([.monochrome, .eight, .sixteen, .twoFiftySix, .trueColor]))
        return ChatState(
            model: model, size: size(), start: Date(timeIntervalSince1970: 0), appearance: appearance,
            sampling: SamplingOptions(seed: 3))
    }

    private mutating func size() -> Size {
        let sizes = [
            (120, 36), (80, 24), (60, 20), (40, 12), (39, 12), (1, 1), (0, 0), (300, 13), (40, 90), (76, 20),
            (-1, 5),
        ]
        let (columns, rows) = pick(sizes)
        return Size(columns: columns, rows: rows)
    }

    private mutating func text() -> String {
        pick([
            "hello ", "\n", "日本", "👨‍👩‍👧‍👦", "e\u{301}", "\u{301}", "\u{200D}", "🇩", "🇪", "\u{1B}[31m", "\t",
            "\r\n", "/", "",
            String(repeating: "long ", count: 60), "/capacity 0.2", "/policy budget 8", "/policy table",
            "/clear", "/retry", "/retry 0.5", "/edit", "/edit 2", "/undo", "/system x",
            "/save", "/compare 1 0.5", "/compare 0.5 0.25 x", "/speed 90", "/speed off", "/set tint settled",
            "/set temperature 0.3", "/continue", "/open a", "/copy", "/copy code", "/raw", "/set",
        ])
    }

    mutating func event() -> ChatEvent {
        time += .milliseconds(Int.random(in: 0...700, using: &random))
        switch Int.random(in: 0..<25, using: &random) {
        case 20:
            let places = (pick([-1, 0, 3, 20, 90]), pick([-1, 0, 2, 11, 30]))
            let mouse = MouseEvent(
                pick([.press, .drag, .release, .wheelUp, .wheelDown]),
                at: Point(column: places.0, row: places.1))
            return .terminal(.mouse(mouse), at: time)
        case 21:
            let traces = conversation().messages.map { ($0.id, pick([trace(), [], trace() + trace()])) }
            return .traced(Dictionary(uniqueKeysWithValues: traces), request: pick([0, 1, 2, 3, 4]))
        case 22: return pick([.found([], query: text()), .recalled([text()]), .edited(text())])
        case 23:
            return .answered(
                pick([
                    .settled([0, 3, 900], from: pick([-5, 0, 7])),
                    .correlation(pick([nil, .nan, 0.5]), tokens: 3),
                    .failed(text()),
                ]))
        case 0: return .tick(at: time)
        case 1: return .notice(Notice(pick([.info, .warning, .error]), text()))
        case 2: return .terminal(.resize(size()), at: time)
        case 3: return .terminal(.paste(text() + text()), at: time)
        case 4:
            let conversation = conversation()
            let traces = conversation.messages.map { ($0.id, pick([trace(), []])) }
            return .restored(
                conversation, as: nil, traces: Dictionary(uniqueKeysWithValues: traces),
                contextTokens: pick([0, 9, 513]))
        case 5, 6: return .terminal(.key(.enter, []), at: time)
        case 7...13: return .terminal(.key(key(), pick([[], [], [], .control, .alt, .shift])), at: time)
        default:
            let event = GenerationEvent(
                generation(), of: pick([asked, asked, asked, .first]),
                contextTokens: pick([0, 1, 2, 3, 9, 513, nil]))
            return .generation(event, at: time)
        }
    }

    private mutating func key() -> Key {
        pick([
            .character("a"), .character("c"), .character("["), .character("]"), .character("="),
            .character("?"), .character(","), .character("."), .character("d"),
            .character("+"), .character("-"), .character("t"), .character("p"), .character("i"),
            .character("m"), .character("l"), .character("w"), .character("k"), .character("u"),
            .character("j"), .character("/"),
            .character("👍🏽"), .character("\u{301}"), .character("\u{1B}"), .tab, .tab, .backspace, .delete,
            .escape, .up, .down, .left, .right, .home, .end, .pageUp, .pageDown, .function(1), .function(9),
        ])
    }

    private mutating func conversation() -> Conversation {
        var conversation = Conversation(systemPrompt: pick([nil, text()]))
        for _ in 0..<pick([0, 3]) {
            let message = conversation.append(pick([.user, .assistant]), text(), date: .now)
            let isInterrupted = pick([true, false])
            conversation.change(message.id) { $0.isInterrupted = isInterrupted }
        }
        return conversation
    }

    private mutating func trace() -> [TracedToken] {
        [TracedToken(id: 1, text: text(), routing: routing(), prediction: nil)]
    }

    private mutating func routing() -> TokenRouting {
        let blocks = pick([0, 1, 6, 30, 90, 100])
        let score = Float.random(in: -3...3, using: &random)
        let scores = pick([[], Array(repeating: score, count: blocks), [.nan, .infinity]])
        return TokenRouting(
            grades: (0..<blocks).map { _ in pick(Grade.allCases) }, scores: scores,
            thresholds: scores.map { _ in
                Thresholds(full: pick([0, -.infinity, .infinity, .nan]), thin: pick([-1, -.infinity, .nan]))
            }, reasons: scores.map { _ in pick(RoutingReason.allCases) })
    }

    private let capacity = Capacity(0.5) ?? .dense

    private mutating func policy() -> RoutingPolicy {
        pick([.held, .table, .budget(window: 8), .random(seed: 1), .thresholds([])])
    }

    private mutating func generation() -> GenerationEvent.Kind {
        switch Int.random(in: 0..<10, using: &random) {
        case 0: return .droppedOldestMessages(pick([0, 1, 5]))
        case 1:
            return .prompt(
                tokens: [
                    PromptToken(
                        id: 0, text: text(), routing: routing(), capacity: pick([.dense, capacity]),
                        policy: policy())
                ], processed: 1, total: 2)
        case 2:
            return .finished(
                pick([.endOfTurn, .length, .contextFull, .cancelled]), .sample(tokens: pick([0, 5])))
        case 3:
            return .failed(
                pick([
                    .promptTooLong(tokens: 9, limit: 8), .busy, .model(.resources(text())), .noPrediction,
                ]))
        default:
            let text = text()
            return .token(
                GeneratedToken(
                    id: 1, text: text, delta: pick([text, ""]), probability: pick([0.5, .nan, -1, 7]),
                    entropy: pick([1, .infinity]),
                    runnersUp: [.init(id: 2, text: text, probability: pick([0.1, .nan]))],
                    routing: pick([routing(), nil]), capacity: pick([.dense, capacity]), policy: policy()))
        }
    }
}
