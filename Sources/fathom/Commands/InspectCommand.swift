import ArgumentParser
import Foundation
import GGUF
import MoDModel

struct InspectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect", abstract: "Say what a model file is.")

    @Argument(
        help:
            "A GGUF file, the first shard of a split one. [default: the model that is set, or comes with fathom]",
        completion: .model)
    var model: String?

    @Flag(help: "List every tensor, too.")
    var tensors = false

    func run() async throws {
        try await Failure.reporting {
            let file = try GGUFFile(path: try ModelLocator.model(model, UserSettings.load()))
            try print(container: file)
            try print(model: MoDModel(file: file))
            if tensors {
                for tensor in file.tensors {
                    let shape = tensor.shape.map(String.init).joined(separator: " × ")
                    try Output.print("  \(tensor.name)  \(tensor.type)  \(shape)")
                }
            }
        }
    }

    private func print(container file: GGUFFile) throws {
        let megabytes = (Double(file.byteCount) / 1e6).formatted(decimals: 1)
        let types = Dictionary(grouping: file.tensors, by: \.type).map {
            (type: $0.key, count: $0.value.count)
        }
        .sorted { $0.count > $1.count }.map { "\($0.count) \($0.type)" }
        try line("file", "\(file.path)")
        try line("container", "GGUF v\(file.version), \(file.shardPaths.count) file(s), \(megabytes) MB")
        try line("tensors", types.joined(separator: ", "))
    }

    private func print(model: MoDModel) throws {
        let shape = model.configuration
        let description = model.description
        try line("name", description.name)
        try line("family", shape.family.architecture)
        try line(
            "shape",
            "\(shape.blockCount) blocks, residual \(shape.embeddingLength)"
                + (shape.experts == nil ? ", MLP \(shape.feedForwardLength)" : ""))
        try line(
            "attention",
            "\(shape.headCount) heads of \(shape.headLength), \(shape.kvHeadCount) for keys and values")
        try line("vocabulary", "\(shape.vocabularySize) tokens, context \(shape.contextLength)")
        let weights = description.weights
        if let experts = shape.experts { try line("experts", text(of: experts)) }
        let dense = weights.outsideBlocks + shape.blockCount * weights.fullBlock
        try line("dense", "a token reads \((Double(dense) / 1e6).formatted(decimals: 1)) MB of weights")
        guard !description.routedBlocks.isEmpty else {
            try line("routing", "none: a dense model. `fathom convert` gives it depth routers.")
            return
        }
        let routing = shape.routing
        try line(
            "routing", "\(description.routedBlocks.count) blocks routed: \(ranges(description.routedBlocks))")
        try line(
            "",
            "gate \(routing.gate.rawValue), kv \(routing.kv.rawValue), \(routing.anchorTokens) anchor tokens")
        if let rows = routing.thinLength {
            let part = percent(weights.thinWork)
            try line(
                "",
                "thin path: the first \(rows) of \(shape.feedForwardLength) rows of the MLP, \(part) of a block's weights"
            )
        }
        try line("", "starts at capacity \(routing.defaultCapacity.value)")
        try line("thresholds", "capacity, share of the dense weights read, \(thresholdHeads(weights))")
        for step in stride(from: Capacity.steps, through: 0, by: -4) {
            try print(Capacity.dense.stepped(by: step - Capacity.steps), of: model, denseBytes: dense)
        }
    }

    private func text(of experts: ExpertConfiguration) -> String {
        var parts = [
            "\(experts.count) of \(experts.length) rows a block",
            "\(experts.hasNoOp ? "up to " : "")\(experts.used) of them a token",
        ]
        if let length = experts.sharedLength { parts.append("one of \(length) rows for every token") }
        parts.append("weights: \(experts.weighting.rawValue)")
        if experts.hasNoOp { parts.append("a no-op") }
        return parts.joined(separator: ", ")
    }

    private func thresholdHeads(_ weights: WeightBytes) -> String {
        weights.hasThinPath
            ? "shares of tokens in full and thin, thresholds of both (lowest … highest block)"
            : "threshold (lowest … highest block)"
    }

    /// Prints what a model's threshold table says of a capacity.
    private func print(_ capacity: Capacity, of model: MoDModel, denseBytes: Int) throws {
        let weights = model.description.weights
        let blocks = model.description.routedBlocks.indices
        let thresholds = blocks.map { model.thresholds.thresholds(block: $0, at: capacity) }
        let shares = blocks.map { model.thresholds.shares(block: $0, at: capacity) }
        let full = shares.reduce(0) { $0 + Double($1.full) }
        let thin = shares.reduce(0) { $0 + Double($1.processed - $1.full) }
        let saved =
            (Double(blocks.count) - full) * Double(weights.fullBlock - weights.bypassedBlock)
            - thin * Double(weights.thinBlock - weights.bypassedBlock)
        let whole = weights.whole(blockCount: model.description.blockCount)
        let read = percent((Double(denseBytes + weights.routers) - saved) / Double(whole))
        var parts = [capacity.value.formatted(decimals: 2), read]
        if weights.hasThinPath {
            let (inFull, inThin) = (full / Double(blocks.count), thin / Double(blocks.count))
            parts.append("\(percent(inFull)) full, \(percent(inThin)) thin")
            parts.append(span(thresholds.map(\.full)))
            parts.append(span(thresholds.map(\.thin)))
        } else {
            parts.append(span(thresholds.map(\.full)))
        }
        try line("", parts.joined(separator: "   "))
    }

    private func percent(_ fraction: Double) -> String { "\((100 * fraction).formatted(decimals: 0)) %" }

    private func span(_ values: [Float]) -> String {
        "\(threshold(values.min())) … \(threshold(values.max()))"
    }

    private func threshold(_ value: Float?) -> String {
        guard let value, value.isFinite else { return "none" }
        return Double(value).formatted(decimals: 3)
    }

    private func line(_ label: String, _ text: String) throws {
        try Output.print(label.padding(toLength: 12, withPad: " ", startingAt: 0) + text)
    }

    /// Numbers, runs of them joined: "2–27", "1, 3, 5".
    private func ranges(_ numbers: [Int]) -> String {
        var parts: [ClosedRange<Int>] = []
        for number in numbers {
            if let last = parts.last, last.upperBound + 1 == number {
                parts[parts.count - 1] = last.lowerBound...number
            } else {
                parts.append(number...number)
            }
        }
        return parts.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)–\($0.upperBound)" }
            .joined(separator: ", ")
    }
}
