import ArgumentParser

/// How a reply is written.
enum ReplyFormat: String, CaseIterable, ExpressibleByArgument {
    /// The reply alone.
    case text
    /// A JSON object a token, with its routing.
    case json
    /// A Markdown document: the prompt as a quotation, then the reply.
    case markdown
}

/// How figures are written.
enum ReportFormat: String, CaseIterable, ExpressibleByArgument {
    /// A table, for people.
    case text
    /// JSON, for programs.
    case json
}
