import Foundation
import MoDModel

/// Reads the parts of a routing trace archive, whose layout `RoutingTraceArchive` describes, and trusts none of them:
/// whatever is unsound throws `RoutingTraceError.damaged` with the offset where it showed.
struct ArchiveReader {
    private let bytes: [UInt8]
    /// The offset where the contents end and the checksum begins.
    private let end: Int
    /// Bytes read so far.
    private(set) var offset: Int

    private static let checksumLength = 4

    /// Begins behind the magic bytes.
    ///
    /// - Throws: `RoutingTraceError.notATrace` for data that do not begin with them.
    init(_ data: Data, magic: [UInt8]) throws(RoutingTraceError) {
        bytes = Array(data)
        guard bytes.starts(with: magic) else { throw .notATrace }
        end = bytes.count - Self.checksumLength
        offset = magic.count
    }

    /// Whether all contents have been read.
    var isAtEnd: Bool {
        offset == end
    }

    /// Holds the archive's checksum to its contents.
    func verifyChecksum() throws(RoutingTraceError) {
        guard end >= 0 else { throw .damaged(offset: bytes.count) }
        let stored = bytes[end...].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        guard stored == Checksum.fnv1a(bytes[..<end]) else { throw .damaged(offset: end) }
    }

    /// The next byte.
    mutating func byte() throws(RoutingTraceError) -> UInt8 {
        try take(1)[offset - 1]
    }

    /// The next count, of things that take at least `bytesEach` bytes each: never more than the bytes left can hold.
    mutating func count(bytesEach: Int) throws(RoutingTraceError) -> Int {
        let start = offset
        let count = Int(try number())
        guard count <= (end - offset) / bytesEach else { throw .damaged(offset: start) }
        return count
    }

    /// The next token, in the layout of a version; `thresholdsBefore` are those of the token before it.
    mutating func token(version: UInt8, thresholdsBefore: [Thresholds]) throws(RoutingTraceError)
        -> TracedToken
    {
        let id = try id()
        let text = try text()
        let flagsOffset = offset
        let flags = TraceFlags(rawValue: try byte())
        guard flags.isSubset(of: .known(version: version)) else { throw .damaged(offset: flagsOffset) }
        let routing =
            version == RoutingTraceArchive.bitsVersion
            ? try bitRouting(flags, thresholdsBefore: thresholdsBefore)
            : try routing(flags, thresholdsBefore: thresholdsBefore)
        let prediction = flags.contains(.hasPrediction) ? try prediction() : nil
        return TracedToken(id: id, text: text, routing: routing, prediction: prediction)
    }

    private mutating func routing(
        _ flags: TraceFlags, thresholdsBefore: [Thresholds]
    ) throws(RoutingTraceError) -> TokenRouting {
        let grades = try grades()
        let scores = try floats()
        var thresholds = thresholdsBefore
        if !flags.contains(.repeatsThresholds) {
            thresholds = try floats().map { Thresholds($0) }
            if flags.contains(.hasThinThresholds) {
                for index in thresholds.indices { thresholds[index].thin = try float() }
            }
        }
        let count = flags.contains(.hasOneReason) ? min(scores.count, 1) : scores.count
        var reasons: [RoutingReason] = []
        for _ in 0..<count {
            let start = offset
            guard let reason = RoutingReason(rawValue: try byte()) else { throw .damaged(offset: start) }
            reasons.append(reason)
        }
        if flags.contains(.hasOneReason), let reason = reasons.first {
            reasons = Array(repeating: reason, count: scores.count)
        }
        let experts = flags.contains(.hasExperts) ? try experts() : []
        return TokenRouting(
            grades: grades, scores: scores, thresholds: thresholds, reasons: reasons, experts: experts)
    }

    private mutating func experts() throws(RoutingTraceError) -> [[UInt16]] {
        var experts: [[UInt16]] = []
        for _ in 0..<(try count(bytesEach: 1)) {
            var chosen: [UInt16] = []
            for _ in 0..<(try count(bytesEach: 1)) {
                let start = offset
                guard let expert = UInt16(exactly: try number()) else { throw .damaged(offset: start) }
                chosen.append(expert)
            }
            experts.append(chosen)
        }
        return experts
    }

    /// The routing of a token in the layout of version 1.
    private mutating func bitRouting(
        _ flags: TraceFlags, thresholdsBefore: [Thresholds]
    ) throws(RoutingTraceError) -> TokenRouting {
        let grades = try bits().map { $0 ? Grade.full : .bypassed }
        let scores = try floats()
        let thresholds =
            flags.contains(.repeatsThresholds) ? thresholdsBefore : try floats().map { Thresholds($0) }
        // A token without a threshold was an anchor or at capacity 1; version 1 does not say which.
        let reasons = scores.indices.map { index -> RoutingReason in
            thresholds.indices.contains(index) && thresholds[index].full == -.infinity ? .dense : .score
        }
        return TokenRouting(grades: grades, scores: scores, thresholds: thresholds, reasons: reasons)
    }

    private mutating func grades() throws(RoutingTraceError) -> [Grade] {
        let start = offset
        let count = Int(try number())
        let packed = Array(try take(count / 4 + (count.isMultiple(of: 4) ? 0 : 1)))
        let isPadded = packed.last.map { count.isMultiple(of: 4) || $0 >> (count % 4 * 2) == 0 } ?? true
        guard isPadded else { throw .damaged(offset: start) }
        var grades: [Grade] = []
        for index in 0..<count {
            guard let grade = Grade(rawValue: packed[index / 4] >> (index % 4 * 2) & 3) else {
                throw .damaged(offset: start)
            }
            grades.append(grade)
        }
        return grades
    }

    private mutating func prediction() throws(RoutingTraceError) -> TracedToken.Prediction {
        let probability = try float()
        let entropy = try float()
        let count = try count(bytesEach: 6)
        var runnersUp: [GeneratedToken.Candidate] = []
        for _ in 0..<count {
            let candidate = GeneratedToken.Candidate(id: try id(), text: try text(), probability: try float())
            runnersUp.append(candidate)
        }
        return TracedToken.Prediction(probability: probability, entropy: entropy, runnersUp: runnersUp)
    }

    private mutating func id() throws(RoutingTraceError) -> Int32 {
        Int32(bitPattern: try number())
    }

    private mutating func text() throws(RoutingTraceError) -> String {
        let start = offset
        let utf8 = try take(try count(bytesEach: 1))
        guard let text = String(validating: utf8, as: UTF8.self) else { throw .damaged(offset: start) }
        return text
    }

    private mutating func bits() throws(RoutingTraceError) -> [Bool] {
        let start = offset
        let count = Int(try number())
        let length = count / 8 + (count.isMultiple(of: 8) ? 0 : 1)
        let packed = Array(try take(length))
        let isPadded = packed.last.map { count.isMultiple(of: 8) || $0 >> (count % 8) == 0 } ?? true
        guard isPadded else { throw .damaged(offset: start) }
        return (0..<count).map { packed[$0 / 8] >> ($0 % 8) & 1 == 1 }
    }

    private mutating func floats() throws(RoutingTraceError) -> [Float] {
        let count = try count(bytesEach: 4)
        var values: [Float] = []
        values.reserveCapacity(count)
        for _ in 0..<count { values.append(try float()) }
        return values
    }

    private mutating func float() throws(RoutingTraceError) -> Float {
        let bits = try take(4).reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        return Float(bitPattern: bits)
    }

    private mutating func number() throws(RoutingTraceError) -> UInt32 {
        let start = offset
        var result: UInt64 = 0
        for shift in stride(from: 0, through: 28, by: 7) {
            let byte = try byte()
            result |= UInt64(byte & 0x7F) << UInt64(shift)
            guard byte & 0x80 == 0 else { continue }
            // A last byte of 0 would be a second way to write the same number.
            guard let number = UInt32(exactly: result), byte != 0 || shift == 0 else { break }
            return number
        }
        throw .damaged(offset: start)
    }

    private mutating func take(_ count: Int) throws(RoutingTraceError) -> ArraySlice<UInt8> {
        guard count <= end - offset else { throw .damaged(offset: offset) }
        offset += count
        return bytes[offset - count..<offset]
    }
}
