import Foundation
import InferenceEngine
import Testing

@Suite("The summary of a reply")
struct ReplySummaryTests {
    private let summary = ReplySummary(
        reason: .contextFull,
        statistics: GenerationStatistics(
            promptTokens: 1, reusedTokens: 2, generatedTokens: 3, promptSeconds: 0.1 + 0.2,
            generationSeconds: 1e-7, realisedCapacity: 0.625, weightsReadShare: 1, draftedTokens: 5,
            keptTokens: 6),
        contextTokens: 4)

    private func read(_ json: String) throws -> ReplySummary {
        try JSONDecoder().decode(ReplySummary.self, from: Data(json.utf8))
    }

    @Test("is one line of JSON, from which all of it comes back")
    func roundTrip() throws {
        let json = summary.json
        #expect(!json.contains("\n"))
        #expect(try read(json) == summary)
        let object = try #require(JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
        #expect(object.count == 11)
        #expect(object["reason"] as? String == "contextFull")
        #expect(object["generatedTokens"] as? Int == 3 && object["contextTokens"] as? Int == 4)
    }

    @Test("is none without one of its keys, with a reason there is not, or with a number that is none")
    func malformed() throws {
        let object = try #require(
            JSONSerialization.jsonObject(with: Data(summary.json.utf8)) as? [String: Any])
        for key in object.keys {
            var less = object
            less[key] = nil
            let data = try JSONSerialization.data(withJSONObject: less)
            #expect(throws: DecodingError.self, "\(key)") {
                try JSONDecoder().decode(ReplySummary.self, from: data)
            }
        }
        for (right, wrong) in [
            ("\"contextFull\"", "\"bored\""), ("\"generatedTokens\":3", "\"generatedTokens\":\"3\""),
            ("\"generationSeconds\":1e-07", "\"generationSeconds\":nan"), ("}", ""),
        ] {
            let json = summary.json.replacing(right, with: wrong)
            #expect(json != summary.json, "\(right)")
            #expect(throws: DecodingError.self, "\(wrong)") { try read(json) }
        }
    }
}
