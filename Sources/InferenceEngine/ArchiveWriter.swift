import Foundation
import MoDModel

/// Writes the parts of a routing trace archive; `RoutingTraceArchive` describes the layout.
struct ArchiveWriter {
    private var bytes = Data()

    /// Writes a token; `thresholdsBefore` are those of the token before it, which need not be written again.
    mutating func write(_ token: TracedToken, thresholdsBefore: [Thresholds]) {
        let routing = token.routing
        // Bit patterns, because NaN is not equal to itself.
        let bits = { (thresholds: [Thresholds]) in
            thresholds.flatMap { [$0.full.bitPattern, $0.thin.bitPattern] }
        }
        let repeats = bits(routing.thresholds) == bits(thresholdsBefore)
        let isGraded = routing.thresholds.contains { $0.full.bitPattern != $0.thin.bitPattern }
        let isOneReason = routing.reasons.allSatisfy { $0 == routing.reasons.first }
        var flags: TraceFlags = []
        if token.prediction != nil { flags.insert(.hasPrediction) }
        if repeats { flags.insert(.repeatsThresholds) }
        if isGraded { flags.insert(.hasThinThresholds) }
        if isOneReason { flags.insert(.hasOneReason) }
        if !routing.experts.isEmpty { flags.insert(.hasExperts) }

        write(id: token.id)
        write(token.text)
        write(flags.rawValue)
        write(count: routing.grades.count)
        write(packed(routing.grades))
        write(routing.scores)
        if !repeats {
            write(routing.thresholds.map(\.full))
            if isGraded { for thresholds in routing.thresholds { write(thresholds.thin) } }
        }
        write(routing.reasons.prefix(isOneReason ? 1 : routing.reasons.count).map(\.rawValue))
        if !routing.experts.isEmpty { write(routing.experts) }
        guard let prediction = token.prediction else { return }
        write(prediction.probability)
        write(prediction.entropy)
        write(count: prediction.runnersUp.count)
        for candidate in prediction.runnersUp {
            write(id: candidate.id)
            write(candidate.text)
            write(candidate.probability)
        }
    }

    /// The archive: all that was written, and its checksum.
    func finished() -> Data {
        var result = self
        result.writeFixed(Checksum.fnv1a(bytes))
        return result.bytes
    }

    mutating func write(_ byte: UInt8) {
        bytes.append(byte)
    }

    mutating func write(_ values: [UInt8]) {
        bytes.append(contentsOf: values)
    }

    mutating func write(count: Int) {
        write(number: UInt32(clamping: count))
    }

    private mutating func write(id: Int32) {
        write(number: UInt32(bitPattern: id))
    }

    private mutating func write(_ text: String) {
        let utf8 = Array(text.utf8)
        write(count: utf8.count)
        write(utf8)
    }

    private mutating func write(_ value: Float) {
        writeFixed(value.bitPattern)
    }

    private mutating func write(_ values: [Float]) {
        write(count: values.count)
        for value in values { write(value) }
    }

    private mutating func write(_ experts: [[UInt16]]) {
        write(count: experts.count)
        for chosen in experts {
            write(count: chosen.count)
            for expert in chosen { write(number: UInt32(expert)) }
        }
    }

    private mutating func write(number: UInt32) {
        var rest = number
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    private mutating func writeFixed(_ number: UInt32) {
        withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
    }

    private func packed(_ grades: [Grade]) -> [UInt8] {
        var packed = [UInt8](repeating: 0, count: (grades.count + 3) / 4)
        for (index, grade) in grades.enumerated() {
            packed[index / 4] |= grade.rawValue << (index % 4 * 2)
        }
        return packed
    }
}

/// What a token's record in a routing trace archive holds, and what it leaves out.
struct TraceFlags: OptionSet {
    let rawValue: UInt8
    static let hasPrediction = TraceFlags(rawValue: 1)
    static let repeatsThresholds = TraceFlags(rawValue: 2)
    static let hasThinThresholds = TraceFlags(rawValue: 4)
    static let hasOneReason = TraceFlags(rawValue: 8)
    static let hasExperts = TraceFlags(rawValue: 16)

    /// The flags that a version of the archive has.
    static func known(version: UInt8) -> TraceFlags {
        switch version {
        case RoutingTraceArchive.bitsVersion: [.hasPrediction, .repeatsThresholds]
        case RoutingTraceArchive.version: [known(version: 1), .hasThinThresholds, .hasOneReason]
        default: [known(version: 2), .hasExperts]
        }
    }
}

/// FNV-1a over 32 bits: no single altered byte goes unnoticed, for every step is a bijection of the state.
enum Checksum {
    static func fnv1a(_ bytes: some Sequence<UInt8>) -> UInt32 {
        bytes.reduce(0x811C_9DC5) { ($0 ^ UInt32($1)) &* 0x0100_0193 }
    }
}
