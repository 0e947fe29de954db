import Foundation
import MoDModel

/// Writes the parts of a routing trace archive; `RoutingTraceArchive` describes the layout.
struct ArchiveWriter {
    private var bytes = Data()

    mutating func write(_ token: TracedToken, thresholdsBefore: [Float]) {
        let routing = token.routing
        // Thresholds change only when the capacity does; bit patterns, because NaN is not equal to itself.
        let repeats = routing.thresholds.map(\.bitPattern) == thresholdsBefore.map(\.bitPattern)
        var flags: TraceFlags = []
        if token.prediction != nil { flags.insert(.hasPrediction) }
        if repeats { flags.insert(.repeatsThresholds) }

        write(id: token.id)
        write(token.text)
        write(flags.rawValue)
        write(count: routing.processed.count)
        write(packed(routing.processed))
        write(routing.scores)
        if !repeats { write(routing.thresholds) }
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

    /// All that was written, and its checksum.
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

    private func packed(_ bits: [Bool]) -> [UInt8] {
        var packed = [UInt8](repeating: 0, count: (bits.count + 7) / 8)
        for (index, bit) in bits.enumerated() where bit {
            packed[index / 8] |= 1 << (index % 8)
        }
        return packed
    }
}

/// What a token's record leaves out.
struct TraceFlags: OptionSet {
    let rawValue: UInt8
    static let hasPrediction = TraceFlags(rawValue: 1)
    static let repeatsThresholds = TraceFlags(rawValue: 2)
    static let all: TraceFlags = [.hasPrediction, .repeatsThresholds]
}

/// FNV-1a over 32 bits: no single altered byte goes unnoticed, for every step is a bijection of the state.
enum Checksum {
    static func fnv1a(_ bytes: some Sequence<UInt8>) -> UInt32 {
        bytes.reduce(0x811C_9DC5) { ($0 ^ UInt32($1)) &* 0x0100_0193 }
    }
}
