import Foundation
import Testing

/// The manual page and what shells complete.
@Suite("The manual and the completions", .serialized)
struct ManualTests {
    @Test("The manual is sound, and has every command, option, key and setting")
    func manual() async throws {
        let home = try Home()
        let manual = try await Program.run(["manual"], in: home)
        #expect(manual.status == 0 && manual.data.allSatisfy { $0 < 0x80 })
        let path = try home.write("fathom.1", manual.data)
        let groff = try await Subprocess.run(
            "/bin/sh", ["-c", "groff -man -ww -z \"$0\" && groff -man -Tutf8 -P-cbou \"$0\"", path], in: home,
            environment: home.environment, limit: .seconds(30))
        #expect(groff.status == 0 && groff.errors.isEmpty, "\(groff.errors)")
        let sections = groff.lines.filter { $0.first?.isLetter == true }
        #expect(
            sections.dropFirst().dropLast() == [
                "NAME", "SYNOPSIS", "DESCRIPTION", "COMMANDS", "KEYS", "CHAT COMMANDS", "SETTINGS",
                "ENVIRONMENT", "FILES", "EXIT STATUS",
            ], "\(sections)")
        let help = try await Program.run(["--help"], in: home)
        let commands = help.output.split(separator: "SUBCOMMANDS:")[1].split(separator: "\n")
            .filter { $0.hasPrefix("  ") && !$0.hasPrefix("   ") && !$0.hasPrefix("  See") }
            .map { String($0.split(separator: " ")[0]) }
        #expect(commands.contains("run") && commands.contains("config") && !commands.contains("manual"))
        for command in commands { #expect(groff.output.contains("fathom \(command)"), "\(command)") }
        for part in [
            "--temperature temperature", "--output file, -o file", "--prompt-lookup, --no-prompt-lookup",
            "Alt-Enter ^J",
            "/capacity 0.5", "draft_capacity", "78 ", "NO_COLOR", "config.toml",
        ] { #expect(groff.output.contains(part), "\(part)") }
    }

    @Test("Shells complete commands, options, values and files", arguments: ["bash", "zsh", "fish"])
    func completions(shell: String) async throws {
        let home = try Home()
        let script = try await Program.run(["--generate-completion-script", shell], in: home)
        #expect(script.status == 0)
        for part in ["markdown", "held", "budget", "gguf", "convert", "draft_capacity", "temperature"] {
            #expect(script.output.contains(part), "\(part)")
        }
        #expect(!script.output.contains("manual"))
        guard shell == "bash" else { return }
        let file = try home.write("fathom.bash", script.data)
        let complete = """
            . "$0"; COMP_WORDS=(fathom run --policy ''); COMP_CWORD=3; COMP_LINE='fathom run --policy '
            COMP_POINT=${#COMP_LINE}; _fathom fathom '' --policy; printf '%s ' "${COMPREPLY[@]}"
            """
        let bash = try await Subprocess.run(
            "/bin/bash", ["-c", complete, file], in: home, environment: home.environment, limit: .seconds(30))
        #expect(bash.output == "held table budget ", "\(bash.output) \(bash.errors)")
    }
}
