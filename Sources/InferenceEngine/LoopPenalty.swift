import Foundation

/// Keeps a reply from going round in a loop: the longer it has repeated itself, the less likely it goes on to (DRY, P.
/// E. Weidmann, 2024, as in llama.cpp's `--dry-multiplier`).
///
/// Where the reply's last n tokens stood in it before, the token that came after them there loses
/// strength · 1.75^(n − tolerated) from its logit, where n is at least `tolerated`. So lists, tables and code are free
/// to repeat their short stretches, and the prompt may be copied; only what repeats for long is pushed off its path.
package struct LoopPenalty: Sendable {
    /// The fewest repeated tokens that count.
    package static let tolerated = 12
    /// The most repeated tokens that are counted: long before, the loss is as large as it gets.
    private static let longest = tolerated + 64
    /// How far back in the reply a repeated stretch counts, in tokens.
    package static let window = 1024

    private static let base: Float = 1.75
    // More than any logit, and far from where floats end.
    private static let mostLoss: Float = 1000

    private let strength: Float

    /// Takes this much from a logit at `tolerated` repeated tokens; what is not positive and finite penalises nothing.
    package init(strength: Float) {
        self.strength = strength.isFinite && strength > 0 ? strength : 0
    }

    /// The tokens that would go on repeating the end of a reply, each once, and what their logits lose.
    package func losses(after reply: [Int32]) -> [Int32: Float] {
        guard strength > 0, reply.count > Self.tolerated, let newest = reply.last else { return [:] }
        var lengths: [Int32: Int] = [:]
        let end = reply.count - 1
        for place in max(reply.count - Self.window, Self.tolerated - 1)..<end where reply[place] == newest {
            var length = 1
            while length < Self.longest, length <= place, reply[place - length] == reply[end - length] {
                length += 1
            }
            guard length >= Self.tolerated else { continue }
            lengths[reply[place + 1], default: 0] = max(lengths[reply[place + 1], default: 0], length)
        }
        return lengths.mapValues { length in
            min(strength * pow(Self.base, Float(length - Self.tolerated)), Self.mostLoss)
        }
    }
}
