import DepthFigures
import Foundation
import InferenceEngine
import MoDModel
import Testing

@Suite("Traces as tables")
struct TraceTableTests {
    /// The fields of CSV, row by row, as RFC 4180 has it.
    private func parsed(_ data: Data) -> [[String]] {
        String(decoding: data, as: UTF8.self).components(separatedBy: "\r\n").dropLast().map { line in
            var fields = [""]
            var isQuoted = false
            for (place, character) in line.enumerated() {
                switch character {
                case "\"":
                    // A quote within quotes is doubled.
                    if isQuoted == false, place > 0, Array(line)[place - 1] == "\"" {
                        fields[fields.count - 1] += "\""
                    }
                    isQuoted.toggle()
                case "," where !isQuoted: fields.append("")
                default: fields[fields.count - 1].append(character)
                }
            }
            return fields
        }
    }

    @Test("CSV has one line a token and block, and every column is what it says")
    func csv() throws {
        let trace = Traces.trace(replyFrom: 10)
        let rows = parsed(TraceTable.csv(trace))
        #expect(rows.count == 1 + 16 * 4 && rows.allSatisfy { $0.count == 17 }, "\(rows.map(\.count))")
        let names = rows[0]
        func field(_ name: String, _ position: Int, _ block: Int) throws -> String {
            rows[1 + position * 4 + block][try #require(names.firstIndex(of: name))]
        }
        #expect(try field("text", 1, 0) == " <b>&\"'" && field("text", 2, 0) == "\\u{0}\\u{1B}[31m")
        #expect(try field("text", 10, 3) == "a,\"b\"" && field("text", 6, 0) == "\\n")
        #expect(
            try field("grade", 5, 1) == "full" && field("grade", 4, 1) == "thin"
                && field("grade", 3, 1) == "bypassed")
        #expect(
            try field("score", 5, 1) == "2.0" && field("score", 5, 0) == "" && field("reason", 5, 0) == "")
        #expect(try field("threshold", 0, 1) == "" && field("reason", 0, 1) == "anchor")
        #expect(try field("threshold", 5, 2) == "0.5" && field("thin_threshold", 5, 2) == "-0.5")
        #expect(try field("part", 9, 0) == "prompt" && field("part", 10, 0) == "reply")
        #expect(try field("probability", 10, 0) == "0.25" && field("probability", 5, 0) == "0.125")
        #expect(try field("probability", 0, 0) == "" && field("settled", 7, 0) == "2")
        #expect(try field("lens_probability", 7, 1) == "0.5" && field("lens_probability", 7, 3) == "1.0")
        #expect(try field("capacity", 3, 2) == "0.5" && field("policy", 3, 2) == "held")
    }

    @Test("The experts of a token, in a model that has some")
    func experts() throws {
        var trace = Traces.trace()
        trace.tokens[1].traced.routing.experts = [[3, 0], [], [12], [7, 1]]
        let csv = parsed(TraceTable.csv(trace))
        let column = try #require(csv[0].firstIndex(of: "experts"))
        #expect(csv[5...8].map { $0[column] } == ["3 0", "", "12", "7 1"] && csv[1][column].isEmpty)
        let lines = String(decoding: TraceTable.jsonLines(trace), as: UTF8.self).split(separator: "\n")
        #expect(lines[4].contains("\"experts\":[3,0]") && lines[5].contains("\"experts\":[]"))
        #expect(lines[0].contains("\"experts\":null"))
    }

    @Test("JSON has the same, with the texts as they are")
    func json() throws {
        let trace = Traces.trace(withLens: false, policy: .budget(window: 8))
        let lines = String(decoding: TraceTable.jsonLines(trace), as: UTF8.self)
            .split(separator: "\n", omittingEmptySubsequences: true)
        #expect(lines.count == 16 * 4)
        for (index, line) in lines.enumerated() {
            let object = try #require(
                JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            #expect(object.count == 17)
            let text = try #require(object["text"] as? String)
            #expect(text.unicodeScalars.elementsEqual(Traces.nasty[index / 4].unicodeScalars))
            #expect(object["block"] as? Int == index % 4 && object["settled"] is NSNull)
            #expect((object["score"] is NSNull) == [0, 3].contains(index % 4))
            #expect(object["policy"] as? String == "budget of 8 tokens")
        }
    }
}
