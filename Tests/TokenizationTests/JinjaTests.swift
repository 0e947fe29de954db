import Foundation
import Testing
import Tokenization

@Suite("Templates in Jinja")
struct JinjaTests {
    private struct Snippet: Decodable {
        var template: String
        /// What jinja2 renders; nil where it refuses.
        var text: String?
    }

    private let conversation = [
        ChatMessage(role: .system, content: "Be brief."),
        ChatMessage(role: .user, content: "天空 <|im_end|> </s> [INST]"),
    ]

    private func render(_ source: String) throws(JinjaError) -> String {
        try JinjaTemplate(source).render(
            conversation, addingGenerationPrompt: true, beginning: "<s>", end: "</s>")
    }

    @Test("Values, statements and white space as in jinja2")
    func identity() throws {
        let snippets = try Fixture.lines(of: "jinja.jsonl").map {
            try JSONDecoder().decode(Snippet.self, from: Data($0.utf8))
        }
        #expect(snippets.count > 50)
        for snippet in snippets {
            #expect(throws: Never.self, "\(snippet.template)") {
                let text = try? render(snippet.template)
                #expect(text == snippet.text, "\(snippet.template)")
            }
        }
    }

    @Test("What is refused is named")
    func refusals() {
        #expect(throws: JinjaError.raised("no")) { try render("{{ raise_exception('no') }}") }
        #expect(throws: JinjaError.unknown("the function “strftime_now”")) {
            try render("{{ strftime_now('%d') }}")
        }
        #expect(throws: JinjaError.unknown("the block “include”")) { try render("{% include 'a' %}") }
        #expect(throws: JinjaError.syntax("a string is not closed", line: 2)) { try render("\n{{ 'a }}") }
    }

    @Test(
        "None runs for ever, goes too deep or writes without end",
        arguments: [
            "{% for i in range(1000) %}{% for j in range(10000) %}{% endfor %}{% endfor %}",
            "{% for i in range(9999999) %}{% endfor %}",
            "{% set n = namespace(t='x') %}{% for i in range(99) %}{% set n.t = n.t + n.t %}{{ n.t }}{% endfor %}",
            "{% set n = namespace(t='x') %}{% for i in range(99) %}{% set n.t = n.t + n.t %}{% endfor %}",
            "{% set n = namespace(t=['x']) %}{% for i in range(99) %}{% set n.t = n.t + n.t %}{% endfor %}",
            "{% set n = namespace(t=['x']) %}{% for i in range(99) %}{% set n.t = [n.t, n.t] %}{% endfor %}{{ n.t }}",
            "{% set n = namespace(t=['x']) %}{% for i in range(99) %}{% set n.t = [n.t, n.t] %}{% endfor %}"
                + "{{ n.t | tojson }}",
            "{% set n = namespace(t='x') %}{% for i in range(20) %}{% set n.t = n.t + n.t %}{% endfor %}"
                + "{{ n.t | replace('x', n.t) }}",
            "{% set n = namespace(t=1) %}{% for i in range(100000) %}{% set n.t = [n.t] %}{% endfor %}{{ n.t }}",
            "{% set n = namespace(t=1) %}{% for i in range(100000) %}{% set n = namespace(t=n) %}{% set n.t = dict(a=n.t) %}"
                + "{% endfor %}",
            "{{ x" + String(repeating: ".x", count: 100_000) + " }}",
            "{{ x" + String(repeating: " + 1", count: 100_000) + " }}",
            "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
            "{{ " + String(repeating: "(", count: 100_000) + " }}",
            "{{ " + String(repeating: "not ", count: 100_000) + "x }}",
            "{{ " + String(repeating: "-", count: 100_000) + "1 }}",
            String(repeating: "{% if x %}", count: 100_000),
        ])
    func limits(source: String) {
        #expect(throws: JinjaError.limit) { try render(source) }
    }

    @Test("Whatever a template is made of, it is rendered or refused")
    func anything() {
        var random = SystemRandomNumberGenerator()
        let parts = [
            "{{", "}}", "{%", "%}", "{#", "#}", "-", "+", " ", "\n", "if", "for", "in", "set", "x", "1", "'",
            "(", ")",
            "[", "]", ":", ",", ".", "|", "is", "not", "else", "endif", "endfor", "messages", "=", "~", "\\",
            "é",
        ]
        for _ in 0..<5000 {
            let source = (0..<12).map { _ in parts.randomElement(using: &random) ?? "" }.joined()
            _ = try? render(source)
        }
    }
}
