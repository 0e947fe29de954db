import Foundation
import TestSupport
import Testing

/// The commands that draw how deep tokens go.
@Suite("Heatmap and report", .serialized)
struct DepthTests {
    private static let text = "hello and the hello\n\nAnd <b>42</b> hellos & ünïcode 日本\u{1B}[31m"

    @Test("heatmap writes what the name of the file says")
    func formats() async throws {
        let home = try Home()
        let model = try home.model { $0.thinLength = 32 }
        var tokens: Set<Int> = []
        for (name, mode) in [
            ("a.svg", "score"), ("a.png", "margin"), ("a.html", "settled"), ("a.csv", "settled"),
            ("a.JSONL", "rank"),
            ("b.svg", "processed"),
        ] {
            let file = home.path(name)
            let run = try await Program.run(
                ["heatmap", Self.text, "-o", file, "--model", model, "--capacity", "0.5", "--mode", mode],
                in: home)
            #expect(run.status == 0 && run.output == "" && run.errors == "", "\(run.errors)")
            let data = try Data(contentsOf: URL(filePath: file))
            switch name.suffix(3) {
            case "png": #expect(data.starts(with: [0x89, 0x50, 0x4E, 0x47]))
            case "tml": #expect(data.starts(with: Data("<!DOCTYPE html>".utf8)))
            case "svg":
                let svg = String(decoding: data, as: UTF8.self)
                #expect(
                    svg.contains("Tiny · capacity 0.5 asked, ") && svg.contains(">␛"), "\(svg.prefix(500))")
            default:
                let lines = String(decoding: data, as: UTF8.self).split(whereSeparator: \.isNewline)
                tokens.insert((lines.count - (name.hasSuffix("csv") ? 1 : 0)) / 4)
                if name.hasSuffix("csv") {
                    #expect(
                        lines[3].split(separator: ",", omittingEmptySubsequences: false).count == 17,
                        "\(lines[3])")
                }
            }
        }
        #expect(tokens.count == 1 && tokens.allSatisfy { $0 > 30 }, "\(tokens)")
    }

    @Test("heatmap reads standard input, and draws the reply to a question, the same for a seed")
    func reply() async throws {
        let home = try Home()
        let model = try home.model()
        func lines(_ name: String, _ arguments: [String]) async throws -> [String] {
            let file = home.path(name)
            let run = try await Program.run(
                ["heatmap", "-", "-o", file, "--model", model, "--max-tokens", "12", "--capacity", "0.5"]
                    + arguments,
                in: home, input: Data("hello\n".utf8))
            #expect(run.status == 0, "\(run.errors)")
            return try String(contentsOf: URL(filePath: file), encoding: .utf8).split(
                whereSeparator: \.isNewline
            )
            .map(String.init)
        }
        let first = try await lines("a.jsonl", ["--seed", "5"])
        #expect(first.contains { $0.contains("\"part\":\"prompt\"") })
        #expect(first.count { $0.contains("\"part\":\"reply\"") } <= 12 * 4)
        #expect(first.last?.contains("\"part\":\"reply\"") == true)
        #expect(try await lines("b.jsonl", ["--seed", "5", "--policy", "budget", "--window", "8"]) != first)
        #expect(try await lines("c.jsonl", ["--seed", "5"]) == first)
    }

    @Test("What is set holds where no option says otherwise")
    func settings() async throws {
        let home = try Home()
        let model = try home.model()
        let file = home.path("a.svg")
        for (options, capacity) in [([], "0.25"), (["--capacity", "0.75"], "0.75")] {
            let run = try await Program.run(
                ["heatmap", Self.text, "-o", file, "--model", model] + options, in: home,
                environment: ["FATHOM_CAPACITY": "0.25"])
            #expect(run.status == 0, "\(run.errors)")
            let svg = try String(contentsOf: URL(filePath: file), encoding: .utf8)
            #expect(svg.contains("capacity \(capacity) asked"))
        }
    }

    @Test("report writes one page about a text")
    func report() async throws {
        let home = try Home()
        let model = try home.model()
        let text = try home.write("text <1>.txt", String(repeating: Self.text, count: 4))
        let page = home.path("page.html")
        let run = try await Program.run(
            ["report", text, "-o", page, "--model", model, "--capacity", "0.5"], in: home)
        #expect(run.status == 0 && run.output == "" && run.errors == "", "\(run.errors)")
        let html = try String(contentsOf: URL(filePath: page), encoding: .utf8)
        #expect(html.contains("Depth of text &lt;1&gt;.txt") && html.contains("Spearman"))
        #expect(!html.contains("<script"))
        let dense = try await Program.run(
            ["report", text, "-o", page, "--model", home.model { $0.routedBlocks = [] }], in: home)
        #expect(dense.status == 0, "\(dense.errors)")
        #expect(try String(contentsOf: URL(filePath: page), encoding: .utf8).contains("has no routers"))
    }

    @Test("What cannot be drawn is refused in a line, before any work")
    func refusals() async throws {
        let home = try Home()
        let model = try home.model()
        let latin = try home.write("latin1.txt", Data([0xE9, 0x0A]))
        // Far longer than the context, so that it is not taken apart first; and just too long.
        let long = try home.write("long.txt", String(repeating: "x", count: 8_000_000))
        let longer = try home.write("longer.txt", String(repeating: "zq", count: 600))
        let empty = try home.write("empty.txt", "")
        let svg = ["-o", home.path("a.svg"), "--model", model]
        let html = ["-o", home.path("a.html"), "--model", model]
        let cases: [([String], Int32, String)] = [
            (["heatmap", "a", "-o", "a.gif"], 64, "give a name that ends in .svg"),
            (["heatmap", "a", "-o", "noname"], 64, "give a name that ends in .svg"),
            (["heatmap", "a", "--seed", "1"] + svg, 64, "--max-tokens"),
            (["heatmap", "a", "--max-tokens", "0"] + svg, 64, "at least 1"),
            (["heatmap", ""] + svg, 65, "empty"),
            (["heatmap", "a", "-o", "/dev/null/a.svg", "--model", model], 73, "/dev/null/a.svg"),
            (
                ["heatmap", "a", "-o", home.folder.path + "/none/a.svg", "--model", model], 73,
                "cannot be written"
            ),
            (["report", latin] + html, 65, "UTF-8"),
            (["report", home.path("none.txt")] + html, 65, "none.txt"),
            (["report", empty] + html, 65, "empty"),
            (["report", long] + html, 65, "at least"), (["report", longer] + html, 65, "room for 1024"),
            (["report", latin, "-o", "a.svg"], 64, ".html"),
            (["report", home.folder.path] + html, 65, "cannot be read"),
        ]
        for (arguments, code, part) in cases {
            let run = try await Program.run(arguments, in: home)
            #expect(run.status == code && run.output == "", "\(arguments): \(run.errors)")
            #expect(run.errors.contains(part), "\(arguments): \(run.errors)")
            #expect(code == 64 || run.errors.split(separator: "\n").count == 1, "\(run.errors)")
        }
        #expect(!FileManager.default.fileExists(atPath: home.path("a.svg")))
    }
}
