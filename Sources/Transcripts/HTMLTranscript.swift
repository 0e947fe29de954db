public import Conversations
import Markdown

/// Writes a conversation's branch as a page of HTML, for people to read: in one file that loads nothing and runs
/// nothing, whatever was said. Replies are read as Markdown, as the chat does.
public enum HTMLTranscript {
    /// The page.
    ///
    /// - Parameters:
    ///   - modelName: The name of the model that the conversation is held with.
    ///   - title: The page's title; where it is empty, one is made of the model's name.
    public static func text(of conversation: Conversation, modelName: String, title: String) -> String {
        let heading = HTMLWriter.escaped(title.isEmpty ? "A conversation with \(modelName)" : title)
        let system = conversation.systemPrompt.map { prompt in
            [section("system", "System prompt", HTMLWriter.html(plain: prompt))]
        }
        let messages = conversation.branch.map { message in
            switch message.role {
            case .user: section("user", "You", HTMLWriter.html(plain: message.text))
            case .assistant:
                section("model", modelName, HTMLWriter.html(MarkdownDocument(message.text).blocks))
            }
        }
        return """
            <!DOCTYPE html>
            <html>
            <head>
            <meta charset="utf-8">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
            <meta name="viewport" content="width=device-width">
            <meta name="generator" content="fathom">
            <title>\(heading)</title>
            <style>\(style)</style>
            </head>
            <body>
            <h1>\(heading)</h1>
            \(((system ?? []) + messages).joined())</body>
            </html>

            """
    }

    private static let style = """

        :root { color-scheme: light dark; }
        body { max-width: 46rem; margin: 2rem auto; padding: 0 1rem; font: 1rem/1.5 system-ui, sans-serif; }
        section { margin: 1.5rem 0; padding-left: 1rem; border-left: .25rem solid #8888; overflow-wrap: anywhere; }
        section.user { border-color: #27c; }
        section.system { opacity: .75; }
        h1 { font-size: 1.4rem; }
        h2 { margin: 0; font-size: .9rem; }
        h3, h4, h5, h6 { font-size: 1.1rem; }
        p.plain { white-space: pre-wrap; }
        pre { padding: .75rem; overflow-x: auto; background: #8882; }
        blockquote { margin-left: 0; padding-left: 1rem; border-left: .15rem solid #8888; }
        table { border-collapse: collapse; }
        th, td { padding: .2rem .6rem; border: 1px solid #8888; text-align: left; }
        .center { text-align: center; }
        .right { text-align: right; }

        """

    private static func section(_ style: String, _ name: String, _ content: String) -> String {
        "<section class=\"\(style)\">\n<h2>\(HTMLWriter.escaped(name))</h2>\n\(content)</section>\n"
    }
}
