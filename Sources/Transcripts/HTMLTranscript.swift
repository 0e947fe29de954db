public import Conversations
import TerminalKit

/// Writes a conversation's branch as a page of HTML, for people to read: in one file that loads nothing and runs
/// nothing, whatever was said.
public enum HTMLTranscript {
    /// The page.
    ///
    /// - Parameters:
    ///   - modelName: The name of the model that the conversation is held with.
    ///   - title: The page's title; where it is empty, one is made of the model's name.
    public static func text(of conversation: Conversation, modelName: String, title: String) -> String {
        let heading = escaped(title.isEmpty ? "A conversation with \(modelName)" : title)
        let system = conversation.systemPrompt.map { [section("system", "System prompt", $0)] } ?? []
        let messages = conversation.branch.map { message in
            switch message.role {
            case .user: section("user", "You", message.text)
            case .assistant: section("model", modelName, message.text)
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
            \((system + messages).joined(separator: "\n"))
            </body>
            </html>

            """
    }

    private static let style = """

        :root { color-scheme: light dark; }
        body { max-width: 46rem; margin: 2rem auto; padding: 0 1rem; font: 1rem/1.5 system-ui, sans-serif; }
        section { margin: 1.5rem 0; padding-left: 1rem; border-left: .25rem solid #8888; }
        section.user { border-color: #27c; }
        section.system { opacity: .75; }
        h1 { font-size: 1.4rem; }
        h2 { margin: 0; font-size: .9rem; }
        p { white-space: pre-wrap; overflow-wrap: anywhere; }
        pre { padding: .75rem; overflow-x: auto; background: #8882; }

        """

    private static func section(_ style: String, _ name: String, _ text: String) -> String {
        let parts = TextBlocks.of(text).map { block in
            switch block {
            case .paragraph(let text): "<p>\(escaped(text))</p>"
            case .code(let text): "<pre><code>\(escaped(text))</code></pre>"
            }
        }
        return "<section class=\"\(style)\">\n<h2>\(escaped(name))</h2>\n"
            + parts.map { $0 + "\n" }.joined() + "</section>"
    }

    /// A text in which nothing means anything to a browser, without the control characters that HTML does not allow.
    private static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in TextSanitizer.sanitized(text).unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
