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
        let routing = TokenRouting(processed: [], scores: odd, thresholds: odd)
        let token = TracedToken(id: .min, text: "é\u{0}👩‍🔬", routing: routing, prediction: nil)
        let decoded = try RoutingTraceArchive.decode(RoutingTraceArchive.encode([token, token]))
        #expect(decoded.count == 2)
        for copy in decoded {
            #expect(copy.routing.scores.map(\.bitPattern) == odd.map(\.bitPattern))
            #expect(copy.routing.thresholds.map(\.bitPattern) == odd.map(\.bitPattern))
            #expect(Array(copy.text.utf8) == Array(token.text.utf8))
            #expect(copy.id == .min)
        }
    }

    @Test("says thresholds that stay the same once")
    func compact() {
        let scores = [Float](repeating: 0.25, count: 30)
        let routing = TokenRouting(
            processed: Array(repeating: true, count: 30), scores: scores, thresholds: scores)
        let token = TracedToken(id: 7, text: " the", routing: routing, prediction: nil)
        let one = RoutingTraceArchive.encode([token]).count
        let two = RoutingTraceArchive.encode([token, token]).count
        #expect(two - one == 1 + 5 + 1 + 5 + 121)
    }

    @Test("has a layout that does not change by accident")
    func golden() {
        let routing = TokenRouting(processed: [true, false, true], scores: [1], thresholds: [-.infinity])
        let prediction = TracedToken.Prediction(
            probability: 0.5, entropy: 2, runnersUp: [.init(id: 300, text: "b", probability: 0.25)])
        let token = TracedToken(id: 1, text: "a", routing: routing, prediction: prediction)
        let hexadecimal = RoutingTraceArchive.encode([token]).map { String(format: "%02x", $0) }.joined()
        #expect(
            hexadecimal == "465254" + "01" + "01" + "01" + "0161" + "01" + "0305" + "010000803f"
                + "01000080ff"
                + "0000003f" + "00000040" + "01" + "ac02" + "0162" + "0000803e" + hexadecimal.suffix(8))
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
        let head = Array("FRT\u{1}".utf8)
        // One token: id 1, no text, thresholds as before, three blocks, no scores.
        func token(id: [UInt8], flags: UInt8, bits: UInt8) -> Data {
            sealed(head + [1] + id + [0, flags, 3, bits, 0])
        }
        #expect(try RoutingTraceArchive.decode(token(id: [1], flags: 2, bits: 0b101)).count == 1)
        for other in [
            token(id: [0x81, 0], flags: 2, bits: 0b101), token(id: [1], flags: 6, bits: 0b101),
            token(id: [1], flags: 2, bits: 0b1101),
        ] {
            #expect(throws: RoutingTraceError.self) { try RoutingTraceArchive.decode(other) }
        }
    }

    @Test("tells what is wrong")
    func errors() {
        #expect(throws: RoutingTraceError.notATrace) { try RoutingTraceArchive.decode(Data()) }
        #expect(throws: RoutingTraceError.notATrace) { try RoutingTraceArchive.decode(Data("GGUF....".utf8)) }
        #expect(throws: RoutingTraceError.unknownVersion(2)) {
            try RoutingTraceArchive.decode(sealed(Array("FRT\u{2}".utf8)))
        }
        #expect("\(RoutingTraceError.unknownVersion(2))".contains("version 2"))
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
        let routing = TokenRouting(
            processed: (0..<blocks).map { _ in random.next() % 2 == 0 },
            scores: floats(routed),
            thresholds: random.next() % 3 == 0 ? floats(routed) : [Float](repeating: 0.5, count: Int(routed))
        )
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
