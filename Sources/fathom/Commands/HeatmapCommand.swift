public import ArgumentParser
import Conversations
public import DepthFigures
import Foundation
import InferenceEngine
import MoDModel
import Settings

struct HeatmapCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "heatmap",
        abstract: "Draw how deep each token of a text, or of a reply, goes through the blocks.",
        discussion: """
            The name of the file says what is written: .svg or .png a figure for a paper; .html a page of its own, on \
            which a token tells more under the pointer; .csv or .jsonl a row for each token and block. The columns are \
            position, token (its number), text, part (prompt or reply), block, grade (full, thin, bypassed), score, \
            threshold, thin_threshold, reason (dense, anchor, score, budget), experts (that it took, the best first), \
            probability (what the model gave the token), entropy (nats), settled (after how many blocks what comes \
            next is settled), lens_probability (of that after this block), capacity and policy; what is not known is \
            empty or null.

            The text is read as a document is. With --max-tokens it is asked instead, as in `fathom run`, and the \
            reply is drawn, too. A text that begins with a dash goes after “--”.
            """)

    @Argument(help: "The text; “-” reads standard input.")
    var text: [String]

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("The file to write: .svg, .png, .html, .csv or .jsonl.", valueName: "file"),
        completion: .file(extensions: ["svg", "png", "html", "csv", "jsonl"]))
    var output: String

    @OptionGroup var model: ModelOptions
    @OptionGroup var routing: PolicyArguments

    @Option(name: .shortAndLong, help: ArgumentHelp(.capacity))
    var capacity: Capacity?

    @Option(help: "Ask the text, and draw the reply, at most so many tokens of it. [default: none]")
    var maxTokens: Int?

    @Option(help: ArgumentHelp(.seed))
    var seed: UInt64?

    @Option(
        help: """
            What colours show: score, the router's; processed, the grade; margin, how far the score lies above the \
            threshold; rank, the score's among those of its block; settled, how probable the final first choice was \
            after each block (logit lens).
            """)
    var mode: MapMode = .score

    @Option(help: "Colours that all eyes tell apart: viridis, cividis or grey.")
    var palette: Palette = .viridis

    private enum Format: String, CaseIterable {
        case svg, png, html, csv, jsonl
    }

    private var format: Format? {
        Format(rawValue: URL(filePath: output).pathExtension.lowercased())
    }

    func validate() throws {
        guard format != nil else {
            throw ValidationError(
                "--output is \(output); give a name that ends in .svg, .png, .html, .csv or .jsonl.")
        }
        if let maxTokens, maxTokens < 1 {
            throw ValidationError("--max-tokens is \(maxTokens); give at least 1.")
        }
        guard seed == nil || maxTokens != nil else {
            throw ValidationError("--seed is for a reply: give --max-tokens, too, or leave --seed out.")
        }
    }

    func run() async throws {
        try await Failure.reporting([.threads, .context]) {
            let settings = try UserSettings.load()
            let file = try OutputFile(output)
            let asked = text == ["-"] ? try TextInput.read("-") : text.joined(separator: " ")
            let (model, tokenizer) = try self.model.open(settings)
            let reader = TextReader(
                model: model, tokenizer: tokenizer, options: self.model, settings: settings,
                capacity: capacity ?? settings.capacity ?? model.configuration.routing.defaultCapacity,
                policy: try routing.policy(for: model.description, settings))
            var trace = try await read(asked, reader)
            if mode.needsLens { try await reader.addLens(to: &trace, by: reader.engine()) }
            try file.write(try rendered(trace))
        }
    }

    private func read(_ text: String, _ reader: TextReader) async throws -> DepthTrace {
        guard let maxTokens else {
            let session = try reader.session()
            let tokens = try TextInput.tokens(of: text, reader.tokenizer, limit: session.contextLength)
            return try reader.read(tokens, in: session)
        }
        var conversation = Conversation()
        conversation.append(.user, text, date: .now)
        var sampling = reader.settings.sampling
        sampling.maximumTokens = maxTokens
        if let seed { sampling.seed = seed }
        var tokens: [DepthTrace.Token] = []
        for await event in try reader.engine().generate(conversation, sampling: sampling) {
            switch event.kind {
            case .prompt(let prompt, _, _):
                tokens += prompt.map { reader.token(TracedToken($0), isReply: false) }
            case .token(let token):
                if let traced = TracedToken(token) { tokens.append(reader.token(traced, isReply: true)) }
            case .failed(let error): throw error
            case .droppedOldestMessages, .finished: break
            }
        }
        return reader.trace(tokens, seed: sampling.seed)
    }

    private func rendered(_ trace: DepthTrace) throws(Failure) -> Data {
        let figure = DepthMap.figure(trace, mode: mode, palette: palette)
        switch format {
        case .png:
            guard let png = PNG.file(figure) else {
                throw Failure(
                    .cannotWrite,
                    "\(output) would be too large a picture. Give a shorter text, or write .svg.")
            }
            return png
        case .html: return Page.file(figure)
        case .csv: return TraceTable.csv(trace)
        case .jsonl: return TraceTable.jsonLines(trace)
        case .svg, nil: return SVG.file(figure)
        }
    }
}

extension MapMode: ExpressibleByArgument {}
extension Palette: ExpressibleByArgument {}
