import ChatInterface
import Conversations
import Foundation
import InferenceEngine
import MoDModel
import TerminalKit
import TestSupport
import Testing

/// A long chat costs no more to draw than a short one: finished messages keep their lines.
@Suite(.serialized) struct CostTests {
    /// A chat that fills the screen's panes, however few its turns.
    private func chat(turns: Int) -> Driver {
        var driver = Driver(columns: 200, rows: 60)
        let text = String(repeating: "many more words ", count: 60)
        for turn in 0..<turns {
            driver.say("Question \(turn)?")
            if turn == 0 { driver.stream(Array(repeating: "word", count: 100)) }
            driver.generation(driver.token(text))
            driver.finish()
        }
        return driver
    }

    @Test func viewOfALongChat() {
        let (short, long) = (chat(turns: 6).state, chat(turns: 100).state)
        // The fastest of several runs, taken in turns, so that a busy machine slows both alike.
        let times = (0..<40).map { _ in (threadTime { _ = view(short) }, threadTime { _ = view(long) })
        }
        let (few, many) = (times.map(\.0).min() ?? .zero, times.map(\.1).min() ?? .zero)
        #expect(many < few * 2, "6 turns: \(few), 100 turns: \(many)")
    }

    @Test func aTokenOfALongChat() {
        var driver = chat(turns: 100)
        driver.say("go")
        let tokens = 200
        let time = threadTime { driver.stream(Array(repeating: " word", count: tokens)) }
        #expect(time / tokens < .milliseconds(20), "\(time / tokens) a token")
    }

    /// Five thousand messages of a kilobyte each, wrapped only where they are seen.
    @Test func aVeryLongConversation() {
        var conversation = Conversation()
        let text = String(repeating: "many more words of no great weight ", count: 29)
        for turn in 0..<5000 {
            conversation.append(turn.isMultiple(of: 2) ? .user : .assistant, "\(turn) \(text)", date: .now)
        }
        var driver = Driver(columns: 120, rows: 40)
        let first = threadTime {
            driver.feed(.restored(conversation, as: nil, traces: [:], contextTokens: 7))
            _ = view(driver.state)
        }
        #expect(first < .milliseconds(150), "\(first)")
        let cache = WrapCache()
        let resizes = threadTime {
            for columns in 80..<100 {
                driver.feed(.terminal(.resize(Size(columns: columns, rows: 40)), at: driver.time))
                _ = view(driver.state, cache)
            }
        }
        #expect(resizes < .seconds(1), "\(resizes) for 20")
        let scrolling = threadTime {
            for _ in 0..<100 {
                driver.play("<PgUp>")
                _ = view(driver.state, cache)
            }
        }
        #expect(scrolling / 100 < .milliseconds(50), "\(scrolling / 100) a page")
        #expect(driver.screen.contains("more below: PgDn"))
    }

    /// What the terminal is sent for a token: the heatmap's cells, and little else.
    @Test func cellsOfATokensFrame() {
        var driver = Driver.midReply(columns: 120, rows: 40)
        driver.stream(Array(repeating: " word", count: 100))
        for _ in 0..<20 {
            let before = driver.frame
            driver.stream([" word"])
            let after = driver.frame
            let changed = (0..<40).flatMap { row in
                (0..<120).filter { before[$0, row] != after[$0, row] }.map { Point(column: $0, row: row) }
            }
            let isHeatmap = { (cell: Point) in cell.column >= 66 && cell.row > 0 }
            #expect(changed.count { !isHeatmap($0) } <= 20)
            #expect(changed.contains(where: isHeatmap))
        }
    }
}
