import ArgumentParser
import GGUF
import MoDModel
import ModelWorkshop
import Settings
import Tokenization

struct CalibrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "calibrate",
        abstract: "Renew a model's thresholds from chats run on this engine.")

    @Argument(help: "The Mixture-of-Depths model.", completion: .model)
    var model: String

    @Option(
        name: .shortAndLong,
        help:
            "Where to write; a model over 50 MB is split into shards beside it, if no tensor alone takes more.",
        completion: .model)
    var output: String

    @Option(help: "The capacity a chat starts with, 0…1. [default: as it was]")
    var defaultCapacity: Capacity?

    @Option(
        help:
            "Chats and texts to calibrate on, all of them, one JSON object a line. [default: some chats that come with fathom]",
        completion: .chats
    )
    var text: String?

    @OptionGroup var threads: ThreadsOption

    func run() async throws {
        try await Failure.reporting(.threads) {
            let threads = threads.count(try UserSettings.load())
            UnfinishedFiles.removeAtSignals()
            try GGUFWriter.checkWritable(at: output)
            let (model, tokenizer) = try ModelOptions.open(model)
            let corpus = try ChatCorpus(
                path: ModelLocator.calibrationChats(text), template: ChatTemplate(tokenizer),
                maximumLength: 512, maximumTokens: text == nil ? ModelConverter.corpusTokens : .max)
            let table = try ThresholdCalibration(
                model: model, corpus: text == nil ? ModelConverter.parts(of: corpus).thresholds : corpus,
                threads: threads
            ).table { share in
                Output.progress("Calibrating thresholds … \(Int(share * 100)) %")
            }
            let paths = try Recalibration(model: model, table: table, defaultCapacity: defaultCapacity)
                .write(to: output, shardLimit: ModelFiles.shardLimit(for: model))
            Output.progress("")
            for path in paths { try Output.printData(path) }
        }
    }
}
