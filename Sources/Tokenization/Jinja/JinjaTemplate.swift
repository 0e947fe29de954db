/// A template in Jinja, the language that model files write their chat templates in, as far as those go: what is not
/// known here is refused when it is reached.
///
/// It is set up as Hugging Face's `transformers` does: line breaks after block tags are dropped, white space in front
/// of them is, too. It knows neither files nor time.
package struct JinjaTemplate {
    private let statements: [JinjaStatement]

    /// Reads the source of a template.
    ///
    /// - Throws: `JinjaError.syntax` and `.unknown` for one that is not understood.
    package init(_ source: String) throws(JinjaError) {
        statements = try JinjaParser.parse(source)
    }

    /// Renders the template with a conversation, as Hugging Face's `transformers` does.
    ///
    /// - Parameters:
    ///   - beginning: what `bos_token` is.
    ///   - end: what `eos_token` is.
    /// - Throws: a `JinjaError`; a template that would take too long, go too deep or write too much is refused, too.
    package func render(
        _ conversation: [ChatMessage], addingGenerationPrompt: Bool, beginning: String, end: String
    ) throws(JinjaError) -> String {
        let messages = conversation.map { message in
            JinjaValue.map(
                JinjaMap([("role", .string(message.role.rawValue)), ("content", .string(message.content))]))
        }
        var interpreter = JinjaInterpreter([
            ("messages", .list(messages)), ("add_generation_prompt", .bool(addingGenerationPrompt)),
            ("bos_token", .string(beginning)), ("eos_token", .string(end)), ("tools", .none),
            ("documents", .none),
        ])
        return try interpreter.run(statements)
    }
}
