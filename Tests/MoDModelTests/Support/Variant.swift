import GGUF
import MoDModel
import TestSupport
import Testing

/// One of the families and forms of Mixture-of-Depths the engine runs.
struct Variant: Sendable, CustomTestStringConvertible {
    let gate: Gate
    let kv: KVPolicy
    var isGraded = false
    var hasStandIn = false
    var family = ModelFamily.llama
    /// Experts in the place of the feed-forward, where the family does not have them anyway.
    var experts: TinyModel.Experts?

    /// Every form of one family, two of them with stand-ins, and two forms of each other one that share nothing.
    static let all =
        [false, true].flatMap { isGraded in
            Gate.allCases.flatMap { gate in
                KVPolicy.allCases.map { Variant(gate: gate, kv: $0, isGraded: isGraded) }
            }
        }
        + [
            Variant(gate: .hard, kv: .all, hasStandIn: true),
            Variant(gate: .scaled, kv: .routed, isGraded: true, hasStandIn: true),
        ]
        + ModelFamily.all.filter { $0 != .llama }.flatMap { family in
            [
                Variant(gate: .hard, kv: .all, isGraded: family.experts == nil, family: family),
                Variant(gate: .scaled, kv: .routed, family: family),
            ]
        }
        + [Variant(gate: .hard, kv: .all, experts: TinyModel.Experts()), integrated]
    /// With a no-op among experts that are the parts of one feed-forward.
    static let integrated = {
        var experts = TinyModel.Experts()
        experts.used = 3
        experts.weighting = "equal"
        experts.hasNoOp = true
        experts.hasBiases = true
        return Variant(gate: .scaled, kv: .all, experts: experts)
    }()
    /// With a thin path.
    static let graded = all.filter(\.isGraded)
    /// From nothing but anchors to the dense model, on the grid of thresholds and beside it.
    static let capacities = [0, 0.3, 0.5, 0.75, 1].compactMap(Capacity.init)

    var testDescription: String {
        let form = "\(family.architecture), gate \(gate.rawValue), kv \(kv.rawValue)"
        return form + (isGraded ? ", graded" : "") + (hasStandIn ? ", stand-in" : "")
            + (experts.map { $0.hasNoOp ? ", a no-op among experts" : ", experts" } ?? "")
    }

    /// Nothing is a power of two that need not be, several query heads have one key and value head, and the last block
    /// is routed.
    var shape: TinyModel {
        var shape = TinyModel()
        shape.blockCount = 5
        shape.family = family.architecture
        // Longer than a group of 32, so that a thread could have a part of a head.
        if family != .llama {
            shape.headLength = 64
            shape.hasHead = gate == .scaled
        }
        shape.experts = experts
        if let traits = family.experts, traits.areRequired {
            shape.experts = TinyModel.Experts()
            shape.experts?.sharedLength = traits.hasShared ? 96 : nil
        }
        shape.embeddingLength = 96
        shape.headCount = 4
        shape.kvHeadCount = 2
        shape.feedForwardLength = 160
        shape.routedBlocks = [1, 3, 4]
        shape.gate = gate.rawValue
        shape.kv = kv.rawValue
        shape.thinLength = isGraded ? 64 : nil
        shape.standInRank = hasStandIn ? 32 : nil
        return shape
    }

    func model(contextLength: Int? = nil) throws -> MoDModel {
        var shape = shape
        shape.contextLength = contextLength ?? shape.contextLength
        return try ModelParts(shape).open()
    }
}
