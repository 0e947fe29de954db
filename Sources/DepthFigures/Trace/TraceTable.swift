public import Foundation
import InferenceEngine
import MoDModel

/// A trace as a table with a row for each token and block, in the order of positions and then of blocks.
///
/// | column | is |
/// |---|---|
/// | `position` | the token's place in the context, from 0 |
/// | `token` | its index in the vocabulary |
/// | `text` | what it reads as; in CSV on one line, with `\n`, `\r`, `\t`, `\\` and `\u{…}` |
/// | `part` | `prompt` or `reply` |
/// | `block` | the block, from 0 |
/// | `grade` | `full`, `thin` or `bypassed` |
/// | `score` | the router's; none in a block without a router |
/// | `threshold` | from which on the score means full; none where the score did not decide |
/// | `thin_threshold` | from which on it means at least thin |
/// | `reason` | `dense`, `anchor`, `score`, `budget` or `chance` |
/// | `experts` | those that the token took, the highest score first; none in a model without experts |
/// | `probability` | what the model gave the token before it came, 0…1; none where it is not known |
/// | `entropy` | of the distribution that it came from, in nats |
/// | `settled` | after how many blocks what the model says next is settled; none without the lens |
/// | `lens_probability` | of that first choice after this block, 0…1 |
/// | `capacity`, `policy` | what the tokens were routed by |
public enum TraceTable {
    private static let columns = [
        "position", "token", "text", "part", "block", "grade", "score", "threshold", "thin_threshold",
        "reason", "experts", "probability", "entropy", "settled", "lens_probability", "capacity", "policy",
    ]

    private enum Field {
        case none
        case number(String)
        case numbers([UInt16])
        case text(String)

        init(_ value: Float?) {
            self = value.flatMap { $0.isFinite ? .number("\($0)") : nil } ?? .none
        }
    }

    /// The table as CSV (RFC 4180), with a line of column names.
    public static func csv(_ trace: DepthTrace) -> Data {
        var csv = columns.joined(separator: ",") + "\r\n"
        for row in rows(of: trace) {
            csv += row.map(cell).joined(separator: ",") + "\r\n"
        }
        return Data(csv.utf8)
    }

    private static func cell(_ field: Field) -> String {
        switch field {
        case .none: return ""
        case .number(let digits): return digits
        case .numbers(let numbers): return numbers.map(String.init).joined(separator: " ")
        case .text(let text):
            let text = VisibleText.escaped(text)
            let isPlain = text.allSatisfy { $0 != "," && $0 != "\"" } && text.first != " " && text.last != " "
            return isPlain ? text : "\"" + text.replacing("\"", with: "\"\"") + "\""
        }
    }

    /// The table as JSON, an object a line; what is not known is null.
    public static func jsonLines(_ trace: DepthTrace) -> Data {
        var lines = ""
        for row in rows(of: trace) {
            let fields = zip(columns, row).map { name, field in
                switch field {
                case .none: "\"\(name)\":null"
                case .number(let digits): "\"\(name)\":\(digits)"
                case .numbers(let numbers): "\"\(name)\":[\(numbers.map(String.init).joined(separator: ","))]"
                case .text(let text): "\"\(name)\":\(quoted(text))"
                }
            }
            lines += "{" + fields.joined(separator: ",") + "}\n"
        }
        return Data(lines.utf8)
    }

    private static func quoted(_ text: String) -> String {
        "\""
            + text.unicodeScalars.map { scalar in
                switch scalar {
                case "\"": "\\\""
                case "\\": "\\\\"
                case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                    "\\u" + String(format: "%04x", scalar.value)
                default: String(Character(scalar))
                }
            }.joined() + "\""
    }

    private static func rows(of trace: DepthTrace) -> some Sequence<[Field]> {
        trace.tokens.indices.lazy.flatMap { position in
            (0..<trace.model.blockCount).map { row(of: trace, position: position, block: $0) }
        }
    }

    private static func row(of trace: DepthTrace, position: Int, block: Int) -> [Field] {
        let token = trace.tokens[position]
        let routing = token.traced.routing
        let routed = trace.model.routedBlocks.firstIndex(of: block)
        let thresholds = routed.map { routing.thresholds[$0] }
        let before = position > 0 ? trace.tokens[position - 1].lens : nil
        return [
            .number("\(position)"), .number("\(token.traced.id)"), .text(token.traced.text),
            .text(token.isReply ? "reply" : "prompt"), .number("\(block)"),
            .text(routing.grades[block].name), Field(routed.map { routing.scores[$0] }),
            Field(thresholds?.full), Field(thresholds?.thin),
            routed.map { .text(routing.reasons[$0].name) } ?? .none,
            routing.experts.indices.contains(block) ? .numbers(routing.experts[block]) : .none,
            Field(token.traced.prediction?.probability ?? before?.depths.last?.nextProbability),
            Field(token.traced.prediction?.entropy ?? before?.depths.last?.entropy),
            token.lens.map { .number("\($0.settled)") } ?? .none,
            Field(token.lens.map { $0.depths[block + 1].finalProbability }),
            .number("\(trace.capacity.value)"), .text(trace.policy.caption),
        ]
    }
}
