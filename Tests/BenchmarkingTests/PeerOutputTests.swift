import Benchmarking
import Foundation
import Testing

@Suite("What llama.cpp's programs print")
struct PeerOutputTests {
    private static let prefill =
        #"{"build_commit":"c0ffee","build_number":7,"n_prompt":512,"n_gen":0,"n_depth":0,"avg_ts":1000.5}"#
    private static let decode =
        #"{"build_commit":"c0ffee","build_number":7,"n_prompt":0,"n_gen":64,"n_depth":0,"avg_ts":50.25}"#

    private func parse(_ text: String) -> LlamaBenchOutput? {
        LlamaBenchOutput(Data(text.utf8), prompt: 512, decoded: 64)
    }

    @Test("llama-bench's tests are told apart by their lengths, whatever else is there and in whatever order")
    func llamaBench() throws {
        for text in [
            "[\(Self.prefill),\(Self.decode)]", "[\(Self.decode),\n \(Self.prefill)]\n",
            "[\(Self.prefill.replacing("512", with: "128")),\(Self.prefill),\(Self.decode)]",
        ] {
            let output = try #require(parse(text), "\(text)")
            #expect(output.name == "llama-bench 7 (c0ffee)")
            #expect(output.speed == PeerSpeed(prefill: 1000.5, decode: 50.25))
        }
    }

    @Test("Text that is cut short, no JSON, or lacks a test says nothing")
    func malformedLlamaBench() {
        let whole = "[\(Self.prefill),\(Self.decode)]"
        for text in [
            "", "[]", "{}", "null", "error: no such model", "[\(Self.prefill)]", "[\(Self.decode)]",
            String(whole.dropLast()), "loading …\n" + whole, whole.replacing("64", with: "128"),
            "[[\(Self.prefill)],\(Self.decode)]",
        ] {
            #expect(parse(text) == nil, "\(text)")
        }
    }

    @Test(
        "nor does a test without a field",
        arguments: ["build_commit", "build_number", "n_prompt", "n_gen", "avg_ts"])
    func missingField(field: String) {
        let text = "[\(Self.prefill),\(Self.decode)]"
        #expect(parse(text.replacing("\"\(field)\"", with: "\"other\"")) == nil)
    }

    @Test(
        "or with a speed that is none",
        arguments: ["nan", "NaN", "-nan", "1e999", "0", "-3", "null", "\"50\""])
    func speedless(speed: String) {
        #expect(parse("[\(Self.prefill),\(Self.decode.replacing("50.25", with: speed))]") == nil)
        #expect(parse("[\(Self.prefill.replacing("1000.5", with: speed)),\(Self.decode)]") == nil)
    }

    @Test("The Python script says its version and then times")
    func python() {
        #expect(PythonAnswer.version(Data(#""0.3.36""#.utf8)) == "0.3.36")
        #expect(
            PythonAnswer.speed(Data("[0.5, 2]".utf8), prompt: 512, decoded: 64)
                == PeerSpeed(prefill: 1024, decode: 32))
    }

    @Test(
        "What is no version, or no two times that have passed, says nothing",
        arguments: [
            "", "null", "[]", "[1]", "[1, 2, 3]", "[1, NaN]", "[NaN, 1]", "[0, 1]", "[1, 0]", "[1, -1]",
            "[1e999, 1]", "[1, null]", #"["1", "2"]"#, #""""#, "{}", "Traceback", "[0.5, 2", "[1, Infinity]",
        ])
    func malformedPython(line: String) {
        #expect(PythonAnswer.version(Data(line.utf8)) == nil)
        #expect(PythonAnswer.speed(Data(line.utf8), prompt: 512, decoded: 64) == nil)
    }
}
