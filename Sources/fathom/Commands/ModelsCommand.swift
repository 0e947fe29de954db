import ArgumentParser
import Foundation
import GGUF
import MoDModel
import Settings

struct ModelsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "models",
        abstract: "List the models there are.",
        discussion: """
            A star marks the one that is taken where none is named: the one that is set, or the first that is found.
            """)

    @Option(help: "How the list is written: text, a table; json, an object a line.")
    var format = ReportFormat.text

    func run() async throws {
        try await Failure.reporting {
            let settings = try UserSettings.load()
            var found = ModelLocator.all()
            let taken = try? ModelLocator.model(nil, settings)
            if let taken, !found.contains(where: { $0.path == taken }) {
                found.insert(ModelLocator.Found(path: taken, reason: "set"), at: 0)
            }
            let models = found.map { ListedModel($0, isTaken: $0.path == taken) }
            if models.isEmpty {
                Output.note("There are no models. Run `make model`, or name one: --model FILE.gguf")
            }
            switch format {
            case .text: try print(models)
            case .json:
                let encoder = JSONEncoder()
                encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
                for model in models {
                    try Output.printData(String(decoding: try encoder.encode(model), as: UTF8.self))
                }
            }
        }
    }

    private func print(_ models: [ListedModel]) throws {
        let names = models.map { $0.name ?? "" }
        let width = names.reduce(0) { max($0, $1.count) }
        for (model, name) in zip(models, names) {
            let cells = [
                model.isTaken ? "*" : " ", name.padding(toLength: width, withPad: " ", startingAt: 0),
                model.sizeText.paddedLeft(8),
                (model.family ?? "?").padding(toLength: 6, withPad: " ", startingAt: 0),
                model.capacityText, model.reason,
            ]
            try Output.print(cells.joined(separator: "  "))
            try Output.print("   " + model.path)
            if let error = model.error { try Output.print("   cannot be used: " + error) }
        }
    }
}

/// What the list says of a model.
private struct ListedModel: Encodable {
    let path: String
    /// Why it was looked for there.
    let reason: String
    let isTaken: Bool
    /// What the file calls the model; nil where it cannot be read.
    var name: String?
    var bytes: Int?
    var family: String?
    /// The least and the greatest capacity.
    var capacities: [Double]?
    /// The capacity that a chat starts with.
    var startsAt: Double?
    /// Why the model cannot be used.
    var error: String?

    init(_ found: ModelLocator.Found, isTaken: Bool) {
        path = found.path
        reason = found.reason
        self.isTaken = isTaken
        do {
            let file = try GGUFFile(path: found.path)
            name = (try? file.string("general.name")) ?? "model"
            bytes = file.byteCount
            let shape = try ModelConfiguration(file: file)
            family = shape.family.architecture
            capacities = shape.routing.blocks.isEmpty ? [1, 1] : [0, 1]
            startsAt = shape.routing.defaultCapacity.value
        } catch {
            self.error = "\(error)"
        }
    }

    var sizeText: String {
        bytes.map { "\((Double($0) / 1e6).formatted(decimals: 0)) MB" } ?? "?"
    }

    var capacityText: String {
        guard let capacities, let startsAt, capacities.count == 2 else { return "?" }
        return capacities[0] == capacities[1]
            ? "dense"
            : "capacity \(capacities[0].formatted(decimals: 0))–\(capacities[1].formatted(decimals: 0)), starts at \(startsAt)"
    }
}
