import ChatInterface
import Conversations
import Foundation
import InferenceEngine
import MoDModel
import TerminalKit
import TestSupport
import Testing

/// A chat driven by hand: keeps the state, the time and all effects, and plays the engine.
struct Driver {
    var state: ChatState
    var effects: [ChatEffect] = []
    var time = Duration.zero
    /// Tokens in the context, as the engine counts them.
    private(set) var contextTokens = 0
    private let cache = WrapCache()
    private var random = SeededGenerator(seed: 7)
    private var produced = 0

    init(
        columns: Int = 120, rows: Int = 36, model: ModelDescription = .sample, glyphs: GlyphSet = .unicode,
        colors: ColorDepth = .twoFiftySix, systemPrompt: String? = nil, capacity: Capacity? = nil,
        policy: RoutingPolicy = .held
    ) {
        state = ChatState(
            model: model, size: Size(columns: columns, rows: rows),
            start: Date(timeIntervalSince1970: 1_800_000_000),
            appearance: Appearance(glyphs: glyphs, colors: colors), sampling: SamplingOptions(seed: 1),
            systemPrompt: systemPrompt, capacity: capacity, policy: policy, thresholds: .sample(model))
    }

    /// The picture; what an earlier one took to make changes nothing in it.
    var frame: Frame {
        let frame = view(state)
        #expect(view(state, cache) == frame)
        return frame
    }
    var screen: String { frame.description }

    /// What the composer shows: the lines after the prompt sign, found on the screen.
    var lastRow: String {
        screen.split(separator: "\n", omittingEmptySubsequences: false).last.map(String.init) ?? ""
    }

    /// Feeds an event and returns the effects of this one alone.
    @discardableResult
    mutating func feed(_ event: ChatEvent) -> [ChatEffect] {
        let new = update(&state, event)
        effects += new
        if new.startsConversation { contextTokens = 0 }
        return new
    }

    @discardableResult
    mutating func press(_ key: Key, _ modifiers: Modifiers = []) -> [ChatEffect] {
        time += .milliseconds(10)
        return feed(.terminal(.key(key, modifiers), at: time))
    }

    @discardableResult
    mutating func press(_ character: Character, _ modifiers: Modifiers = []) -> [ChatEffect] {
        press(.character(character), modifiers)
    }

    mutating func type(_ text: String) {
        for character in text { press(character) }
    }

    /// Types a line and presses Enter.
    @discardableResult
    mutating func say(_ text: String) -> [ChatEffect] {
        type(text)
        return press(.enter)
    }

    /// The reply that was asked for last.
    var asked: ReplyID { effects.asked ?? .first }

    /// The engine tells of the reply that was asked for last, and of as many tokens as there are then in the context.
    @discardableResult
    mutating func generation(_ kind: GenerationEvent.Kind) -> [ChatEffect] {
        switch kind {
        case .prompt(let tokens, _, _): contextTokens += tokens.count
        case .token: contextTokens += 1
        case .droppedOldestMessages, .finished, .failed: break
        }
        return generation(kind, of: asked, contextTokens: contextTokens)
    }

    /// The engine tells of a reply, and of so many tokens in the context.
    @discardableResult
    mutating func generation(
        _ kind: GenerationEvent.Kind, of reply: ReplyID, contextTokens: Int?
    ) -> [ChatEffect] {
        time += .milliseconds(8)
        return feed(.generation(GenerationEvent(kind, of: reply, contextTokens: contextTokens), at: time))
    }

    /// The prompt goes through the model.
    mutating func readPrompt(_ words: [String]) {
        let tokens = words.map {
            PromptToken(
                id: 1, text: $0, routing: routing(), capacity: state.capacity, policy: state.policy)
        }
        generation(.prompt(tokens: tokens, processed: tokens.count, total: tokens.count))
    }

    /// The reply goes on by a token a word, routed as the state asks for, or as it did before.
    mutating func stream(_ words: [String], at capacity: Capacity? = nil, under policy: RoutingPolicy? = nil)
    {
        for word in words {
            let others = [" the", " a", "\n", " light"].enumerated().map { place, text in
                GeneratedToken.Candidate(id: Int32(place), text: text, probability: 0.2 / Float(place + 1))
            }
            generation(
                .token(
                    GeneratedToken(
                        id: 2, text: word, delta: word, probability: 0.42, entropy: 1.9, runnersUp: others,
                        routing: routing(), capacity: capacity ?? state.capacity,
                        policy: policy ?? state.policy)))
        }
    }

    /// A whole turn whose reply comes in these pieces, with no routing.
    mutating func reply(with deltas: [String]) {
        say("x")
        for delta in deltas {
            generation(token(delta))
        }
        finish()
    }

    /// A token that adds this text to the reply, with no routing.
    func token(_ delta: String) -> GenerationEvent.Kind {
        .token(
            GeneratedToken(
                id: 0, text: "", delta: delta, probability: 1, entropy: 0, runnersUp: [], routing: nil,
                capacity: .dense, policy: .held))
    }

    @discardableResult
    mutating func finish(_ reason: FinishReason = .endOfTurn, tokens: Int = 12, context: Int = 60)
        -> [ChatEffect]
    {
        contextTokens = context
        return generation(.finished(reason, .sample(tokens: tokens)))
    }

    /// A trace whose scores follow a fixed random sequence and whose decisions follow the capacity asked for. Where
    /// there is a thin path, half of the tokens that would not go in full go thin.
    mutating func routing() -> TokenRouting {
        produced += 1
        let model = state.model
        let dense = state.capacity == .dense
        var routing = TokenRouting(
            grades: Array(repeating: .full, count: model.blockCount), scores: [], thresholds: [], reasons: [])
        for block in model.routedBlocks {
            let score = Float(Double.random(in: -2...2, using: &random))
            let threshold = dense ? -Float.infinity : Float(2 - 4 * state.capacity.value)
            routing.scores.append(score)
            let thin = model.weights.hasThinPath ? threshold - (threshold + 2) / 2 : threshold
            routing.thresholds.append(Thresholds(full: threshold, thin: dense ? threshold : thin))
            routing.reasons.append(dense ? .dense : .score)
            routing.grades[block] = dense || score >= threshold ? .full : score >= thin ? .thin : .bypassed
        }
        return routing
    }
}

extension ThresholdTable {
    /// Thresholds as `Driver.routing` has them; nil for a dense model.
    static func sample(_ model: ModelDescription) -> ThresholdTable? {
        let rows = model.routedBlocks.map { _ in Row([2, 0, -2], share: [0, 0.5, 1]) }
        return ThresholdTable(capacities: [0, 0.5, 1], rows: rows)
    }
}

extension ModelDescription {
    static let sample = ModelDescription(
        name: "SmolLM2-135M-MoD", blockCount: 30, routedBlocks: Array(1...28), anchorTokens: 4,
        contextLength: 8192, defaultCapacity: Capacity(0.625) ?? .dense,
        weights: WeightBytes(outsideBlocks: 30_000_000, fullBlock: 3_600_000, bypassedBlock: 250_000))

    /// The sample model with a thin path that does half of a block's work.
    static let graded: ModelDescription = {
        var model = sample
        model.weights.thinBlock = 1_800_000
        return model
    }()

    static let dense = ModelDescription(
        name: "tiny dense", blockCount: 6, routedBlocks: [], anchorTokens: 0, contextLength: 512,
        defaultCapacity: .dense, weights: WeightBytes(outsideBlocks: 10, fullBlock: 10, bypassedBlock: 1)
    )
}

extension TokenRouting {
    /// A trace of a model without a thin path; a threshold of −∞ is that of capacity 1.
    init(processed: [Bool], scores: [Float], thresholds: [Float]) {
        self.init(
            grades: processed.map { $0 ? .full : .bypassed }, scores: scores,
            thresholds: thresholds.map { Thresholds($0) },
            reasons: thresholds.map { $0 == -.infinity ? .dense : .score })
    }
}

extension GenerationStatistics {
    static func sample(tokens: Int = 12) -> GenerationStatistics {
        GenerationStatistics(
            promptTokens: 20, reusedTokens: 0, generatedTokens: tokens, promptSeconds: 0.1,
            generationSeconds: Double(tokens) / 131, realisedCapacity: 0.6, weightsReadShare: 0.7)
    }
}

extension Driver {
    /// A conversation of two turns, the second reply under way.
    static func midReply(
        columns: Int, rows: Int, model: ModelDescription = .sample, glyphs: GlyphSet = .unicode,
        colors: ColorDepth = .twoFiftySix
    ) -> Driver {
        var driver = Driver(columns: columns, rows: rows, model: model, glyphs: glyphs, colors: colors)
        driver.say("Why is the sky blue?")
        driver.readPrompt([
            "<|im_start|>", "user", "\n", "Why", " is", " the", " sky", " blue", "?", "<|im_end|>",
        ])
        driver.stream(
            "Sunlight meets the molecules of the air, and the shorter, bluer wavelengths scatter most."
                .split(separator: " ").map { " \($0)" })
        driver.finish(tokens: 14, context: 24)
        driver.say("And at sunset?")
        driver.readPrompt(["And", " at", " sunset", "?"])
        driver.stream("At sunset the light crosses more air, so".split(separator: " ").map { " \($0)" })
        return driver
    }
}
