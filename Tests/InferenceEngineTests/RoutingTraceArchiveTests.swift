import Foundation
import InferenceEngine
import MoDModel
import Testing

@Suite("The routing trace archive")
struct RoutingTraceArchiveTests {
    @Test("gives back what was put in", arguments: UInt64(0)..<30)
    func roundTrip(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let tokens = (0..<random.next() % 20).map { _ in randomToken(&random) }
        #expect(try RoutingTraceArchive.decode(RoutingTraceArchive.encode(tokens)) == tokens)
    }

    @Test("keeps infinities, NaN and the sign of zero bit for bit")
    func oddNumbers() throws {
        let odd: [Float] = [-.infinity, .infinity, .nan, -0.0, .leastNonzeroMagnitude]
        let thresholds = zip(odd, odd.reversed()).map { Thresholds(full: $0, thin: $1) }
        let routing = TokenRouting(
            grades: [], scores: odd, thresholds: thresholds, reasons: odd.map { _ in .score })
        let token = TracedToken(id: .min, text: "é\u{0}👩‍🔬", routing: routing, prediction: nil)
        let decoded = try RoutingTraceArchive.decode(RoutingTraceArchive.encode([token, token]))
        #expect(decoded.count == 2)
        for copy in decoded {
            #expect(copy.routing.scores.map(\.bitPattern) == odd.map(\.bitPattern))
            #expect(copy.routing.thresholds.map(\.full.bitPattern) == odd.map(\.bitPattern))
            #expect(copy.routing.thresholds.map(\.thin.bitPattern) == odd.reversed().map(\.bitPattern))
            #expect(Array(copy.text.utf8) == Array(token.text.utf8))
            #expect(copy.id == .min)
        }
    }

    @Test("says thresholds that stay the same once")
    func compact() {
        let scores = [Float](repeating: 0.25, count: 30)
        let routing = TokenRouting(
            grades: Array(repeating: .full, count: 30), scores: scores,
            thresholds: scores.map { Thresholds($0) },
            reasons: scores.map { _ in .score })
        let token = TracedToken(id: 7, text: " the", routing: routing, prediction: nil)
        let one = RoutingTraceArchive.encode([token]).count
        let two = RoutingTraceArchive.encode([token, token]).count
        #expect(two - one == 1 + 5 + 1 + 9 + 121 + 1)
    }

    private static let prediction = TracedToken.Prediction(
        probability: 0.5, entropy: 2, runnersUp: [.init(id: 300, text: "b", probability: 0.25)])

    @Test("has a layout that does not change by accident")
    func golden() {
        let graded = TokenRouting(
            grades: [.full, .bypassed, .thin], scores: [1, 2],
            thresholds: [Thresholds(full: 1, thin: -1), .none],
            reasons: [.score, .budget])
        let plain = TokenRouting(grades: [.full], scores: [1], thresholds: [Thresholds(1)], reasons: [.score])
        let tokens = [
            TracedToken(id: 1, text: "a", routing: graded, prediction: Self.prediction),
            TracedToken(id: 2, text: "", routing: plain, prediction: nil),
        ]
        let hexadecimal = RoutingTraceArchive.encode(tokens).map { String(format: "%02x", $0) }.joined()
        let first =
            "01" + "0161" + "05" + "0312" + "02" + "0000803f" + "00000040" + "02" + "0000803f" + "000080ff"
            + "000080bf" + "000080ff" + "0203" + "0000003f" + "00000040" + "01" + "ac02" + "0162" + "0000803e"
        let second = "02" + "00" + "08" + "0102" + "01" + "0000803f" + "01" + "0000803f" + "02"
        #expect(hexadecimal == "465254" + "02" + "02" + first + second + hexadecimal.suffix(8))
    }

    @Test("has a version of its own where there are experts")
    func experts() throws {
        let routing = TokenRouting(
            grades: [.full, .bypassed], scores: [1], thresholds: [.none], reasons: [.dense],
            experts: [[3, 300], []])
        let token = TracedToken(id: 1, text: "a", routing: routing, prediction: Self.prediction)
        let data = RoutingTraceArchive.encode([token])
        #expect(data[3] == 3)
        #expect(try RoutingTraceArchive.decode(data) == [token])
        let hexadecimal = data.map { String(format: "%02x", $0) }.joined()
        #expect(hexadecimal.contains("00020203ac02000000003f"))
        // Version 2 has no such flag, and no expert has such a number.
        var older = Array(data.dropLast(4))
        older[3] = 2
        #expect(throws: RoutingTraceError.self) { try RoutingTraceArchive.decode(sealed(older)) }
        var forged = Array(data.dropLast(4))
        let place = try #require(forged.firstIndex(of: 0xAC))
        forged.replaceSubrange(place...place + 1, with: [0xFF, 0xFF, 0x04])
        #expect(throws: RoutingTraceError.self) { try RoutingTraceArchive.decode(sealed(forged)) }
    }

    @Test("still reads version 1, which knew full and bypassed")
    func firstVersion() throws {
        let hexadecimal =
            "465254" + "01" + "01" + "01" + "0161" + "01" + "0305" + "010000803f" + "01000080ff" + "0000003f"
            + "00000040" + "01" + "ac02" + "0162" + "0000803e"
        var digits = Substring(hexadecimal)
        var bytes: [UInt8] = []
        while !digits.isEmpty {
            bytes.append(try #require(UInt8(digits.prefix(2), radix: 16)))
            digits = digits.dropFirst(2)
        }
        let routing = TokenRouting(
            grades: [.full, .bypassed, .full], scores: [1], thresholds: [.none], reasons: [.dense])
        #expect(
            try RoutingTraceArchive.decode(sealed(bytes))
                == [TracedToken(id: 1, text: "a", routing: routing, prediction: Self.prediction)])
    }

    @Test("notices every altered byte and every cut")
    func corruption() throws {
        var random = SplitMix64(seed: 9)
        let data = RoutingTraceArchive.encode((0..<4).map { _ in randomToken(&random) })
        for index in data.indices {
            var altered = data
            altered[index] ^= UInt8(1 + random.next() % 255)
            #expect(throws: RoutingTraceError.self) { try RoutingTraceArchive.decode(altered) }
        }
        for length in 0..<data.count {
            #expect(throws: RoutingTraceError.self) { try RoutingTraceArchive.decode(data.prefix(length)) }
        }
        #expect(throws: RoutingTraceError.self) { try RoutingTraceArchive.decode(data + [0]) }
    }

    @Test("never trusts a length, even under a checksum that is right")
    func forged() {
        var random = SplitMix64(seed: 10)
        let good = RoutingTraceArchive.encode((0..<3).map { _ in randomToken(&random) }).dropLast(4)
        var readable = 0
        for _ in 0..<5000 {
            var forged = Array(good)
            for _ in 0...random.next() % 3 {
                let index = 4 + Int(random.next() % UInt64(forged.count - 4))
                forged[index] = random.next() % 2 == 0 ? 0xFF : UInt8(random.next() % 256)
            }
            if random.next() % 4 == 0 { forged.removeLast(Int(random.next() % UInt64(forged.count - 4))) }
            if let tokens = try? RoutingTraceArchive.decode(sealed(forged)) {
                readable += 1
                let again = RoutingTraceArchive.encode(tokens)
                #expect((try? RoutingTraceArchive.decode(again))?.count == tokens.count)
            }
        }
        #expect(readable > 0, "some forgeries only change values")
    }

    @Test("refuses huge counts before making room for them")
    func hugeCounts() {
        for count: [UInt8] in [
            [0xFF, 0xFF, 0xFF, 0xFF, 0x0F], [0xFF, 0xFF, 0xFF, 0xFF, 0x7F], [0x80, 0x00],
        ] {
            #expect(throws: RoutingTraceError.damaged(offset: 4)) {
                try RoutingTraceArchive.decode(sealed(Array("FRT\u{1}".utf8) + count))
            }
            let inBits = Array("FRT\u{1}".utf8) + [1, 0, 0, 2] + count
            #expect(throws: RoutingTraceError.self) { try RoutingTraceArchive.decode(sealed(inBits)) }
        }
    }

    @Test("knows one way only to write the same trace")
    func canonical() throws {
        // One token: id 1, no text, thresholds as before, three blocks, no scores.
        func token(version: UInt8, id: [UInt8], flags: UInt8, grades: UInt8) -> Data {
            sealed(Array("FRT".utf8) + [version, 1] + id + [0, flags, 3, grades, 0])
        }
        #expect(
            try RoutingTraceArchive.decode(token(version: 1, id: [1], flags: 2, grades: 0b101)).count == 1)
        #expect(
            try RoutingTraceArchive.decode(token(version: 2, id: [1], flags: 10, grades: 0b10_01_00)).count
                == 1)
        for other in [
            token(version: 1, id: [0x81, 0], flags: 2, grades: 0b101),
            token(version: 1, id: [1], flags: 6, grades: 0b101),
            token(version: 1, id: [1], flags: 2, grades: 0b1101),
            token(version: 2, id: [1], flags: 26, grades: 0),
            token(version: 2, id: [1], flags: 10, grades: 0b11),
            token(version: 2, id: [1], flags: 10, grades: 0b0100_0000),
        ] {
            #expect(throws: RoutingTraceError.self) { try RoutingTraceArchive.decode(other) }
        }
    }

    @Test("tells what is wrong")
    func errors() {
        #expect(throws: RoutingTraceError.notATrace) { try RoutingTraceArchive.decode(Data()) }
        #expect(throws: RoutingTraceError.notATrace) { try RoutingTraceArchive.decode(Data("GGUF....".utf8)) }
        #expect(throws: RoutingTraceError.unknownVersion(4)) {
            try RoutingTraceArchive.decode(sealed(Array("FRT\u{4}".utf8)))
        }
        #expect("\(RoutingTraceError.unknownVersion(4))".contains("version 4"))
    }

    /// Contents with the checksum that belongs to them.
    private func sealed(_ contents: [UInt8]) -> Data {
        var hash: UInt32 = 0x811C_9DC5
        for byte in contents { hash = (hash ^ UInt32(byte)) &* 0x0100_0193 }
        return Data(contents) + withUnsafeBytes(of: hash.littleEndian) { Data($0) }
    }

    private func randomToken(_ random: inout SplitMix64) -> TracedToken {
        func floats(_ count: UInt64) -> [Float] {
            (0..<count).map { _ in Float(random.nextUnit()) * 20 - 10 }
        }
        let words = ["", " the", "né", "日本", "👩‍🔬", "\u{FFFD}", "<|im_end|>"]
        func word() -> String { words[Int(random.next() % UInt64(words.count))] }
        func id() -> Int32 { Int32(truncatingIfNeeded: random.next() >> (random.next() % 32)) }

        let routed = random.next() % 5
        let blocks = random.next() % 33
        let thresholds =
            switch random.next() % 3 {
            case 0: floats(routed).map { Thresholds($0) }
            case 1: zip(floats(routed), floats(routed)).map { Thresholds(full: $0, thin: $1) }
            default: Array(repeating: Thresholds(0.5), count: Int(routed))
            }
        let reasons = RoutingReason.allCases
        let common = random.next() % 2 == 0 ? reasons[Int(random.next() % UInt64(reasons.count))] : nil
        let routing = TokenRouting(
            grades: (0..<blocks).map { _ in Grade.allCases[Int(random.next() % 3)] }, scores: floats(routed),
            thresholds: thresholds,
            reasons: (0..<routed).map { _ in common ?? reasons[Int(random.next() % UInt64(reasons.count))] },
            experts: random.next() % 3 > 0
                ? []
                : (0..<blocks).map { _ in
                    (0..<random.next() % 3).map { _ in UInt16(truncatingIfNeeded: random.next()) }
                })
        guard random.next() % 2 == 0 else {
            return TracedToken(id: id(), text: word(), routing: routing, prediction: nil)
        }
        let runnersUp = (0..<random.next() % 6).map { _ in
            GeneratedToken.Candidate(id: id(), text: word(), probability: Float(random.nextUnit()))
        }
        let prediction = TracedToken.Prediction(
            probability: Float(random.nextUnit()), entropy: 1.5, runnersUp: runnersUp)
        return TracedToken(id: id(), text: word(), routing: routing, prediction: prediction)
    }
}
