import ConversationStore
import Conversations
import Foundation
import Testing

/// `fathom export` and `fathom import`.
@Suite("Conversations are taken out and in", .serialized)
struct ExportTests {
    private func keep(_ texts: [String], in home: Home) async throws {
        var conversation = Conversation(systemPrompt: "Be brief.")
        for (index, text) in texts.enumerated() {
            conversation.append(index % 2 == 0 ? .user : .assistant, text, date: .now)
        }
        let store = try ConversationStore(folder: home.folder.path + "/data/fathom")
        _ = try await store.create(conversation, modelName: "Tiny")
    }

    @Test("What is exported as JSON and imported again is the same, under a number of its own")
    func roundTrip() async throws {
        let home = try Home()
        try await keep(["older"], in: home)
        try await keep(["the question", "the reply"], in: home)
        let export = try await Program.run(["export", "-o", "two.json"], in: home)
        #expect(export.status == 0 && export.output.isEmpty, "\(export.errors)")
        let imported = try await Program.run(["import", "two.json"], in: home)
        #expect(imported.status == 0 && imported.output == "3\n", "\(imported.errors)")
        func lines(_ arguments: [String]) async throws -> [String] {
            let run = try await Program.run(["export", "--format", "json"] + arguments, in: home)
            #expect(run.status == 0)
            return run.lines.filter { !$0.contains("\"created\"") && !$0.contains("\"updated\"") }
        }
        let (first, second, third) = (try await lines(["1"]), try await lines(["2"]), try await lines(["3"]))
        #expect(second == third && first != second)
        #expect(try await lines([]) == third)
        let history = try await Program.run(["history"], in: home)
        #expect(history.lines.count == 3 && history.lines[0].contains("   2  the question"))
        let data = try Data(contentsOf: home.folder.appending(path: "two.json"))
        let piped = try await Program.run(["import", "-"], in: home, input: data)
        #expect(piped.output == "4\n")
    }

    @Test("The format is that of the file's ending, unless one is asked for")
    func formats() async throws {
        let home = try Home()
        try await keep(["the <question>", "the reply"], in: home)
        for (arguments, part) in [
            (["-o", "a.md"], "## You\n\nthe <question>\n"),
            (["-o", "a.html"], "<p class=\"plain\">the &lt;question&gt;</p>"),
            (["-o", "a.json"], "\"text\" : \"the <question>\""),
            (["-o", "a.txt"], "# A conversation with Tiny"),
            (["-o", "a.txt", "--format", "html"], "<!DOCTYPE html>"),
        ] {
            let run = try await Program.run(["export"] + arguments, in: home)
            #expect(run.status == 0)
            let text = try String(contentsOfFile: home.path(arguments[1]), encoding: .utf8)
            #expect(text.contains(part), "\(text)")
        }
        #expect(try await Program.run(["export"], in: home).output.contains("## Tiny\n\nthe reply\n"))
    }

    @Test("What is at the path stays what it is: a link, a pipe, a private file")
    func places() async throws {
        let home = try Home()
        try await keep(["a question", "a reply"], in: home)
        func mode(_ name: String) throws -> mode_t {
            var status = stat()
            try #require(lstat(home.path(name), &status) == 0)
            return status.st_mode
        }
        func export(_ name: String) async throws {
            let run = try await Program.run(["export", "-o", name], in: home)
            #expect(run.status == 0, "\(run.errors)")
        }
        try await export("new.md")
        #expect(try mode("new.md") & 0o777 == 0o600, "a new transcript is private")
        _ = try home.write("real.md", "old")
        chmod(home.path("real.md"), 0o640)
        symlink("real.md", home.path("link.md"))
        try await export("link.md")
        #expect(try mode("link.md") & S_IFMT == S_IFLNK)
        #expect(try mode("real.md") & 0o777 == 0o640)
        #expect(try String(contentsOfFile: home.path("real.md"), encoding: .utf8).contains("a reply"))
        mkfifo(home.path("pipe.md"), 0o600)
        let reader = open(home.path("pipe.md"), O_RDONLY | O_NONBLOCK)
        defer { close(reader) }
        try await export("pipe.md")
        #expect(try mode("pipe.md") & S_IFMT == S_IFIFO)
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = read(reader, &bytes, bytes.count)
        #expect(String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self).contains("a reply"))
    }

    @Test("What cannot be exported or imported is said")
    func refusals() async throws {
        let home = try Home()
        let none = try await Program.run(["export"], in: home)
        #expect(none.status == 65 && none.errors.contains("There are no conversations yet."))
        try await keep(["a"], in: home)
        let missing = try await Program.run(["export", "7"], in: home)
        #expect(missing.status == 74 && missing.errors.contains("`fathom history` lists those there are."))
        let unwritable = try await Program.run(["export", "-o", "no/such/folder.md"], in: home)
        #expect(unwritable.status == 73 && unwritable.errors.contains("no/such/folder.md cannot be written"))
        #expect(unwritable.errors.hasSuffix("No such file or directory.\n"))
        let folder = try await Program.run(["export", "-o", home.path("")], in: home)
        #expect(folder.status == 73 && folder.errors.contains("is a folder."), "\(folder.errors)")
        let files = [
            (try home.write("a.json", "{}"), "a.json: The field format is missing."),
            (try home.write("b.json", "no"), "b.json: This is no JSON"),
            (home.path("c.json"), "c.json cannot be read"),
            (try home.write("d.json", Data([0xFF])), "d.json is not UTF-8"),
        ]
        for (file, part) in files {
            let run = try await Program.run(["import", file], in: home)
            #expect(run.status == 65 && run.errors.contains(part), "\(run.errors)")
            #expect(run.errors.split(separator: "\n").count == 1 && run.output.isEmpty)
        }
        #expect(try await Program.run(["history"], in: home).lines.count == 1)
    }
}
