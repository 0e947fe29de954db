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
            text.contains(
                "<p class=\"plain\">&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;x&#39;</p>"))
        #expect(text.contains("<p>one</p>\n<p>two<br>\nlines"))
        #expect(!text.contains("<script") && !text.contains("another reply") && !text.contains("\u{1B}"))
        #expect(!text.contains("http://") && !text.contains("https://") && !text.contains("src="))
    }

    @Test("A reply's Markdown becomes elements; what looks like HTML in it stays text")
    func elements() {
        let reply = """
            # One *two*

            <b onclick="x()">[link](javascript:alert(1))</b>

            ```swift
            let a = 1

              `<`
            ```
            > quoted

            - a
            - b **c**

            3. d

               e

            | l | r |
            |---|--:|
            | `1` | 2 |

            ---
            """
        let text = HTMLTranscript.text(of: conversation("q\n# q", reply), modelName: "Tiny", title: "")
        for part in [
            "<title>A conversation with Tiny</title>", "<p class=\"plain\">q\n# q</p>",
            "<h3>One <em>two</em></h3>", "<pre><code>let a = 1\n\n  `&lt;`</code></pre>",
            "<blockquote>\n<p>quoted</p>\n</blockquote>",
            "<ul>\n<li>a</li>\n<li>b <strong>c</strong></li>\n</ul>",
            "<ol start=\"3\">\n<li>\n<p>d</p>\n<p>e</p>\n</li>\n</ol>",
            "<tr><th>l</th><th class=\"right\">r</th></tr>\n",
            "<tr><td><code>1</code></td><td class=\"right\">2</td></tr>\n", "<hr>",
        ] { #expect(text.contains(part), "\(part)\n\(text)") }
        #expect(!text.contains("<b onclick") && !text.contains("href"))
    }
}
