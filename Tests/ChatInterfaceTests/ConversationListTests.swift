import ChatInterface
import Conversations
import Foundation
import TerminalKit
import Testing

/// The list of conversations.
@Suite struct ConversationListTests {
    private func stored(
        _ id: Int64, _ title: String, hours: Double, pinned: Bool = false, excerpt: String? = nil
    )
        -> StoredConversation
    {
        let date = Date(timeIntervalSince1970: 1_800_000_000 - hours * 3600)
        return StoredConversation(
            id: id, title: title, modelName: "m", systemPrompt: nil, createdAt: date, updatedAt: date,
            messageCount: Int(id) * 2, isPinned: pinned, excerpt: excerpt)
    }

    private var three: [StoredConversation] {
        [
            stored(7, "Of depth\u{1B}[31m", hours: 100, pinned: true),
            stored(9, "Why is the sky blue?", hours: 0.2, excerpt: "…of the sky, and why"),
            stored(3, "日本語", hours: 3000),
        ]
    }

    private func listed(columns: Int = 120, rows: Int = 36, glyphs: GlyphSet = .unicode) -> Driver {
        var driver = Driver(columns: columns, rows: rows, glyphs: glyphs)
        driver.play("<C-o>")
        driver.feed(.found(three, query: ""))
        return driver
    }

    @Test(arguments: [(120, 36), (80, 24), (40, 12)])
    func golden(columns: Int, rows: Int) throws {
        try expectGolden(listed(columns: columns, rows: rows).screen, "conversations-\(columns)x\(rows)")
    }

    @Test func goldenInASCII() throws {
        var driver = listed(glyphs: .ascii)
        driver.play("<C-x>")
        try expectGolden(driver.screen, "conversations-ascii")
    }

    @Test func oneIsOpened() {
        var driver = Driver()
        #expect(driver.play("<C-o>") == [.search("")])
        #expect(driver.play("sky") == [.search("s"), .search("sk"), .search("sky")])
        driver.feed(.found(three, query: "sk"))
        #expect(!driver.screen.contains("Why is the sky"), "what was found for another query comes too late")
        driver.feed(.found([three[1]], query: "sky"))
        #expect(driver.screen.contains("…of the sky, and why"))
        #expect(driver.play("<Enter>") == [.open(9, maximumTokens: 1024)])
        #expect(!driver.screen.contains("conversations"))
    }

    @Test func notWhileAReplyComes() {
        var driver = Driver.midReply(columns: 100, rows: 30)
        driver.play("<C-o>")
        driver.feed(.found(three, query: ""))
        #expect(driver.play("<Enter>").isEmpty)
        #expect(driver.lastRow.contains("Not while a reply is coming"))
    }

    @Test func pinRenameDeleteAndBack() {
        var driver = listed()
        #expect(driver.play("<Down><C-t>") == [.pin(9, true), .search("")])
        driver.feed(.found(three, query: ""))
        #expect(driver.play("<C-r>") == [])
        #expect(driver.screen.contains("new title: Why is the sky blue?"))
        #expect(driver.play("<C-u>Blue") == [])
        #expect(driver.play("<Enter>") == [.rename(9, to: "Blue"), .search("")])
        driver.feed(.found(three, query: ""))
        #expect(driver.play("<C-r>x<Esc>") == [])
        #expect(driver.screen.contains("> ") && !driver.screen.contains("new title"))
        #expect(driver.play("<Del>") == [.delete(9), .search("")])
        #expect(!driver.screen.contains("Why is the sky blue?") && driver.screen.contains("bring back"))
        driver.feed(.found([three[0], three[2]], query: ""))
        #expect(driver.play("<C-_>") == [.undelete(9), .search("")])
        driver.feed(.found(three, query: ""))
        #expect(driver.play("<C-t>") == [.pin(9, true), .search("")], "the cursor is on what came back")
        #expect(driver.play("<C-_>") == [])
        driver.play("<Del>")
        driver.feed(.found(three, query: ""))
        #expect(!driver.screen.contains("bring back"), "the one that is open was not deleted")
        #expect(driver.play("<PgUp><C-t>") == [.pin(7, false), .search("")])
        driver.play("<Esc>")
        #expect(!driver.screen.contains("conversations"))
    }

    @Test func theCursorStaysOnItsConversation() {
        var driver = listed()
        driver.play("<Down>")
        driver.feed(.found([three[1], three[0]], query: ""))
        #expect(driver.play("<Enter>") == [.open(9, maximumTokens: 1024)])
    }

    @Test func anEmptyList() {
        var driver = Driver()
        driver.play("<C-o>")
        #expect(!driver.screen.contains("Nothing"), "the store has not answered yet")
        driver.feed(.found([], query: ""))
        #expect(driver.screen.contains("Nothing is kept yet."))
        #expect(driver.play("<Enter><C-t><C-r><Del><C-_><Down><PgDn>").isEmpty)
    }

    @Test func wordsAfterTheCommand() {
        var driver = Driver()
        #expect(driver.say("/open blue sky") == [.search("blue sky")])
    }

    @Test func aPasteIsAQuery() {
        var driver = listed()
        #expect(driver.feed(.terminal(.paste("blue sky"), at: driver.time)) == [.search("blue sky")])
        #expect(driver.screen.contains("> blue sky"))
    }

    @Test func enterWaitsForWhatWasAskedFor() {
        var driver = listed()
        #expect(driver.play("s<Enter><Del><C-t>") == [.search("s")])
        #expect(driver.feed(.found(three, query: "")).isEmpty)
        #expect(driver.feed(.found([three[2]], query: "s")) == [.open(3, maximumTokens: 1024)])
        #expect(!driver.screen.contains("conversations"))
    }

    @Test func whileATitleIsWrittenKeysWrite() {
        var driver = listed()
        #expect(driver.play("<C-r><Home><Del><C-t><C-r>").isEmpty)
        #expect(driver.screen.contains("new title: f depth"))
    }

    @Test func openedIsKeptOnlyOnceItIsShown() {
        let opened = Conversation()
        var driver = Driver()
        #expect(driver.feed(.restored(opened, as: 9, traces: [:], contextTokens: 0)) == [.keep(in: 9)])
        driver.say("hello")
        #expect(driver.feed(.restored(opened, as: 9, traces: [:], contextTokens: 0)).isEmpty)
        #expect(driver.lastRow.contains("Not opened"))
    }
}
