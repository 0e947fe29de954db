import Conversations
import Foundation
import Testing
import Transcripts

@Suite("Transcripts for people")
struct TranscriptTests {
    private func conversation(_ question: String, _ reply: String) -> Conversation {
        var conversation = Conversation(systemPrompt: "Be <brief>.")
        conversation.append(.user, question, date: .now)
        let first = conversation.append(.assistant, "another reply", date: .now)
        conversation.moveHead(to: first.parent)
        conversation.append(.assistant, reply, date: .now)
        return conversation
    }

    @Test("Markdown has the branch, and nothing that works as an escape sequence")
    func markdown() {
        let text = MarkdownTranscript.text(
            of: conversation("why\u{1B}[2J?", "# Because"), modelName: "Ti\u{7}ny")
        #expect(text.hasPrefix("# A conversation with Ti"))
        #expect(text.contains("## System prompt\n\nBe <brief>.\n") && text.contains("\n# Because\n"))
        #expect(!text.contains("another reply") && !text.contains("\u{1B}") && !text.contains("\u{7}"))
    }

    @Test("HTML has the branch; what was said is text in it, whatever it is")
    func html() {
        let text = HTMLTranscript.text(
            of: conversation("<script>alert(\"1\")</script> & 'x'", "one\n\ntwo\nlines\u{1B}[2J"),
            modelName: "Tiny </h2>", title: "<b>")
        #expect(text.hasPrefix("<!DOCTYPE html>") && text.hasSuffix("</html>\n"))
        #expect(text.contains("<title>&lt;b&gt;</title>") && text.contains("<h2>Tiny &lt;/h2&gt;</h2>"))
        #expect(
            text.contains("<p>&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;x&#39;</p>"))
        #expect(text.contains("<p>one</p>\n<p>two\nlines"))
        #expect(!text.contains("<script") && !text.contains("another reply") && !text.contains("\u{1B}"))
        #expect(!text.contains("http://") && !text.contains("https://") && !text.contains("src="))
    }

    @Test("Fenced code keeps its lines")
    func code() {
        let reply = "Look:\n```swift\nlet a = 1\n\n  `` <\n~~~\n```\nDone.\n~~~~\n```\nopen"
        let text = HTMLTranscript.text(of: conversation("q", reply), modelName: "Tiny", title: "")
        #expect(
            text.contains("<p>Look:</p>\n<pre><code>let a = 1\n\n  `` &lt;\n~~~</code></pre>\n<p>Done.</p>"))
        #expect(text.contains("<pre><code>```\nopen</code></pre>\n</section>"))
        #expect(text.contains("<title>A conversation with Tiny</title>"))
    }
}
