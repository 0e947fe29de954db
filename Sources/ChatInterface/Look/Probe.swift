public import Conversations
public import InferenceEngine
import MoDModel

/// A question about how the model came to what follows a token, which the engine answers by computing it again.
public struct DepthQuestion: Sendable, Hashable {
    /// What is to be found out.
    public enum Aim: Sendable, Hashable {
        /// Of one token of the turn, what the model would have said after each block, and what it would say with other
        /// grades.
        case token(place: Int)
        /// Of all tokens of the turn, after how many blocks what follows was settled.
        case turn
    }

    /// The conversation that the tokens are in.
    public let conversation: Conversation
    /// The tokens of a turn, as they went through the model.
    public let turn: [TracedToken]
    /// The ordinal of the first of them in the heatmap.
    public let firstOrdinal: Int
    /// What is to be found out.
    public let aim: Aim
    /// The longest reply, in tokens, for which the context has room.
    public let maximumTokens: Int
    /// What to change about a token's grades.
    public let changes: [WhatIf.Change]
}

extension DepthQuestion {
    /// Creates a question about the turn that a token belongs to; nil where it is not known any more.
    ///
    /// - Parameters:
    ///   - ordinal: The token's ordinal in the log.
    ///   - aim: What is to be found out, from the token's place in its turn.
    init?(
        about ordinal: Int, of log: TraceLog, in conversation: Conversation, maximumTokens: Int,
        _ aim: (_ place: Int) -> Aim
    ) {
        guard let chosen = log[ordinal] else { return nil }
        var first = ordinal
        while let before = log[first - 1], before.turn == chosen.turn { first -= 1 }
        var end = ordinal + 1
        while let after = log[end], after.turn == chosen.turn { end += 1 }
        let grades = chosen.token.routing.grades
        let changes = log.blocks.routed.filter(grades.indices.contains).map { block in
            WhatIf.Change.block(block, grades[block] == .full ? .bypassed : .full)
        }
        self.init(
            conversation: conversation, turn: (first..<end).compactMap { log[$0]?.token },
            firstOrdinal: first, aim: aim(ordinal - first), maximumTokens: maximumTokens,
            changes: changes + (changes.isEmpty ? [] : [.allBlocks(.full)]))
    }
}

/// What the engine found out about a question.
public enum DepthAnswer: Sendable, Hashable {
    /// What the model would have said after each block, about the token of an ordinal.
    case lens(LogitLens.Reading, ordinal: Int)
    /// What other grades would come to, for the token of an ordinal.
    case whatIf(WhatIf, ordinal: Int)
    /// After how many blocks tokens were settled, from an ordinal on.
    case settled([Int], from: Int)
    /// How the work done for the tokens of a turn goes with their settling depth (Spearman); nil where either is the
    /// same for all.
    case correlation(Double?, tokens: Int)
    /// Why there is no answer.
    case failed(String)
}

/// A look into one token: what the model would have said after each block, and with another grade in it.
struct Probe: Sendable, Hashable {
    /// The token's ordinal in the trace log.
    let ordinal: Int
    /// The block that the cursor is on.
    var block: Int
    var reading: LogitLens.Reading?
    var whatIf: WhatIf?
    var failure: String?

    init(ordinal: Int, block: Int) {
        self.ordinal = ordinal
        self.block = block
    }

    /// Takes in an answer; those about other tokens are left out.
    mutating func take(_ answer: DepthAnswer) {
        switch answer {
        case .lens(let reading, ordinal): self.reading = reading
        case .whatIf(let whatIf, ordinal): self.whatIf = whatIf
        case .failed(let reason): failure = reason
        case .lens, .whatIf, .settled, .correlation: break
        }
    }
}
