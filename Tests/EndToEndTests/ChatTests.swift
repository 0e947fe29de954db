import Foundation
import Testing

/// The chat in a real terminal.
@Suite("The chat", .serialized, .enabled(if: Tmux.isInstalled, Tmux.missing))
struct ChatTests {
    @Test("A reply streams, the heatmap fills, and the real capacity follows the dial")
    func streamAndDial() async throws {
        let home = try Home()
        let model = try home.talker()
        try await Tmux.open(home) { tmux in
            try await tmux.startChat(model: model)
            let welcome = try await tmux.wait(for: "the welcome") {
                $0.contains("Type a message and press Enter.")
            }
            #expect(welcome.asked == 1 && welcome.real == nil)
            #expect(welcome.contains("on your own CPU"))

            try await tmux.ask("Why is the sky blue?")
            let early = try await tmux.wait(for: "the heatmap") {
                $0.heatmap.count == Talker.blocks && $0.isReplying
            }
            #expect(early.real == 1)
            #expect(early.heatmap.values.allSatisfy { !$0.contains("·") })
            let before = try #require(early.contextTokens)
            try await tmux.wait(for: "more of the reply") { $0.contextTokens.map { $0 > before } == true }

            for _ in 0..<8 { try await tmux.press("C-Down") }
            let half = try await tmux.wait(for: "capacity 0.5") {
                $0.asked == 0.5 && $0.real.map { $0 < 0.8 } == true
            }
            #expect(half.isReplying)
            try await tmux.wait(for: "bypassed blocks") { screen in
                Talker.routed.count { screen.heatmap[$0]?.contains("·") == true } > Talker.routed.count / 2
            }
            for block in [0, 1, 22, 23] {
                #expect(
                    try await tmux.screen().heatmap[block]?.contains("·") == false,
                    "block \(block) is not routed")
            }

            try await tmux.press("Tab", "=")
            try await tmux.wait(for: "the dense model") { $0.asked == 1 && $0.real == 1 }
            try await tmux.press("=")
            let back = try await tmux.wait(for: "the way back") {
                $0.asked == 0.5 && $0.real.map { $0 < 0.8 } == true
            }
            #expect(back.isReplying, "the dial was to be turned during the reply")
            try await tmux.press("]", "]", "[")
            try await tmux.wait(for: "a step up") { $0.asked == 0.56 }
            try await tmux.leaveChat()
        }
    }

    @Test("Ctrl-C stops a reply, the chat goes on, and two leave")
    func stopAndGoOn() async throws {
        let home = try Home()
        let model = try home.talker()
        try await Tmux.open(home) { tmux in
            try await tmux.startChat(model: model)
            try await tmux.ask("first question")
            try await tmux.wait(for: "a first token") { $0.contains("entropy") }
            try await tmux.press("C-c")
            let stopped = try await tmux.wait(for: "the stop") { $0.contains("(stopped") && !$0.isReplying }
            let tokens = try #require(stopped.contextTokens)
            try await tmux.ask("second question")
            try await tmux.wait(for: "the second reply") {
                $0.isReplying && ($0.contextTokens ?? 0) > tokens + 60
            }
            try await tmux.leaveChat()
            try await tmux.enter("echo $((6 * 7))")
            try await tmux.wait(for: "an echo") { $0.contains("42") }
        }
        // A reply cut short by leaving is kept as far as it came.
        let history = try await Program.run(["history"], in: home)
        #expect(
            history.lines.count == 1 && history.output.contains("   4  first question"), "\(history.output)")
    }

    @Test("A reply made of drafts is the reply made without")
    func drafts() async throws {
        let home = try Home()
        let model = try home.talker()
        try await Tmux.open(home) { tmux in
            var replies = [Screen]()
            for drafts in ["", "--draft-tokens 3 --draft-capacity 0.75"] {
                try await tmux.startChat(drafts, maximumTokens: 60, model: model)
                try await tmux.ask("hello")
                replies.append(try await tmux.waitForReplyToEnd())
                try await tmux.leaveChat()
            }
            let reply = try #require(replies[0].message(of: "Tiny"))
            #expect(reply.count > 20 && replies[1].message(of: "Tiny") == reply)
            #expect(replies[1].real == 1, "what counts is the pass that verifies")
            #expect(replies[1].heatmap == replies[0].heatmap)
        }
        let log = try String(contentsOfFile: home.path("state/fathom/fathom.log"), encoding: .utf8)
        let drafted = log.matches(of: /draftedTokens=(\d+)/).compactMap { Int($0.1) }
        #expect(drafted.last.map { $0 > 0 } == true, "\(log)")
    }

    @Test("The inspector tells of the token and the block that the arrows choose")
    func inspector() async throws {
        let home = try Home()
        let model = try home.talker()
        try await Tmux.open(home) { tmux in
            try await tmux.startChat("--capacity 0.5", maximumTokens: 60, model: model)
            try await tmux.ask("hello")
            try await tmux.waitForReplyToEnd()
            try await tmux.press("Tab")
            let newest = try await tmux.wait(for: "the inspector") {
                $0.contains("Esc write") && $0.decision != nil
            }
            #expect(newest.line(with: "p 0.") != nil || newest.line(with: "p 1.00") != nil)
            #expect(newest.contains("of \(Talker.blocks)"))
            let token = try #require(newest.inspected)

            try await tmux.press("Left", "Left", "Left")
            let third = try await tmux.wait(for: "an earlier token") { $0.inspected == token - 3 }
            #expect(third.contains("instead could have come"))
            try await checkDecisions(tmux)
            try await tmux.press("Home")
            let first = try await tmux.wait(for: "the first token") { $0.inspected == 1 }
            #expect(first.contains("read in the prompt"))
            try await tmux.press("End")
            try await tmux.wait(for: "the newest token") { $0.inspected == token }
            try await tmux.press("Escape")
            try await tmux.wait(for: "the composer") { $0.contains("Enter send") }
        }
    }

    /// From the highest block downwards: routed blocks say score and threshold, and decide as these tell.
    private func checkDecisions(_ tmux: Tmux) async throws {
        for _ in 0..<Talker.blocks { try await tmux.press("Up") }
        try await tmux.wait(for: "the highest block") { $0.decision?.hasPrefix("block 23 ") == true }
        var outcomes: Set<String> = []
        for block in (0..<Talker.blocks).reversed() {
            let decision = try #require(
                try await tmux.wait(for: "block \(block)") {
                    $0.decision?.hasPrefix("block \(block) ") == true
                }.decision)
            if Talker.routed.contains(block) {
                let match = try #require(
                    decision.firstMatch(of: /(-?\d+\.\d+) (<|≥) (?:threshold )?(-?\d+\.\d+):? (\w+)/),
                    "\(decision)")
                let (score, threshold) = (try #require(Double(match.1)), try #require(Double(match.3)))
                #expect(match.2 == "≥" ? score >= threshold : score <= threshold, "\(decision)")
                #expect(match.4 == (match.2 == "≥" ? "processed" : "bypassed"), "\(decision)")
                outcomes.insert(String(match.4))
            } else {
                #expect(decision.contains("no router"))
            }
            try await tmux.press("Down")
        }
        #expect(outcomes == ["processed", "bypassed"])
    }

    @Test("Every size is drawn, and nothing is lost on the way")
    func resizing() async throws {
        let home = try Home()
        let model = try home.talker()
        try await Tmux.open(home) { tmux in
            try await tmux.startChat("--capacity 0.5", maximumTokens: 100, model: model)
            try await tmux.ask("hello")
            let before = try await tmux.waitForReplyToEnd()
            try await tmux.type("half written")
            for (columns, rows) in [(80, 24), (60, 20)] {
                try await tmux.resize(columns: columns, rows: rows)
                let screen = try await tmux.wait(for: "\(columns)x\(rows)") {
                    $0.isChat && $0.contains("> half written")
                        && $0.lines.contains { $0.count == columns && $0.hasPrefix("└") && $0.hasSuffix("┘") }
                }
                #expect(screen.asked == 0.5 && screen.real != nil)
                #expect(screen.contains("depth"), "both panes are there")
            }
            try await tmux.resize(columns: 20, rows: 5)
            try await tmux.wait(for: "a word about the size") { $0.contains("needs 40x12") }
            try await tmux.resize(columns: 1, rows: 1)
            try await tmux.resize(columns: 40, rows: 12)
            try await tmux.wait(for: "40x12") { $0.isChat && $0.contains("> half written") }
            try await tmux.resize(columns: 120, rows: 36)
            let after = try await tmux.wait(for: "120x36") { $0.isChat && $0.heatmap.count == Talker.blocks }
            #expect(after.message(of: "Tiny") == before.message(of: "Tiny"))
            #expect(after.heatmap == before.heatmap)
        }
    }
}

extension Screen {
    /// The number of the token that the inspector tells of.
    var inspected: Int? {
        lines.lazy.compactMap { $0.firstMatch(of: /token (\d+)\x20/).flatMap { Int($0.1) } }.first
    }
}
