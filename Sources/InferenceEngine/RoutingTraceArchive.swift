public import Foundation
import MoDModel

/// The compact, versioned form in which a store keeps the traced tokens of a message.
///
/// Layout, all integers little-endian, `n` a LEB128 number of 1 to 5 bytes:
///
///     "FRT" version:u8                          version 2, or 3 where tokens went through experts
///     n tokens, each
///         id:n  text:n+UTF-8  flags:u8          1 has a prediction, 2 thresholds as in the token before,
///                                               4 thin thresholds besides, 8 one reason for all blocks,
///                                               16 experts
///         n blocks, ⌈blocks/4⌉ bytes            grades of two bits, lowest first; unused bits are 0
///         n scores:f32
///         n thresholds:f32                      absent with flag 2
///         as many thin thresholds:f32           with flag 4, absent with flag 2; without 4 they are the thresholds
///         as many reasons as scores:u8          with flag 8 just one, and none where there are no scores
///         n blocks, each n experts, each n      with flag 16, which version 2 does not have
///         probability:f32 entropy:f32           with flag 1
///         n runners-up, each id:n text:n+UTF-8 probability:f32
///     checksum:u32                              FNV-1a of everything before it
///
/// Version 1 had ⌈blocks/8⌉ bytes of bits, 1 for full and 0 for bypassed, in place of the grades, and neither thin
/// thresholds nor reasons; it is still read, with the reasons that its thresholds give away.
///
/// A stored trace is as untrusted as any file: `decode` checks every length against the bytes that are left and the
/// whole against its checksum.
public enum RoutingTraceArchive {
    static let magic: [UInt8] = Array("FRT".utf8)
    static let version: UInt8 = 2
    static let expertsVersion: UInt8 = 3
    static let bitsVersion: UInt8 = 1

    /// The bytes to store for some tokens; even no tokens have some.
    public static func encode(_ tokens: [TracedToken]) -> Data {
        var writer = ArchiveWriter()
        writer.write(magic)
        writer.write(tokens.contains { !$0.routing.experts.isEmpty } ? expertsVersion : version)
        writer.write(count: tokens.count)
        var thresholds: [Thresholds] = []
        for token in tokens {
            writer.write(token, thresholdsBefore: thresholds)
            thresholds = token.routing.thresholds
        }
        return writer.finished()
    }

    /// The tokens that were encoded as `data`, exactly.
    ///
    /// - Throws: `RoutingTraceError` saying what is wrong with the bytes.
    public static func decode(_ data: Data) throws(RoutingTraceError) -> [TracedToken] {
        var reader = try ArchiveReader(data, magic: magic)
        let found = try reader.byte()
        guard [bitsVersion, version, expertsVersion].contains(found) else { throw .unknownVersion(found) }
        try reader.verifyChecksum()
        let count = try reader.count(bytesEach: 5)
        var tokens: [TracedToken] = []
        tokens.reserveCapacity(count)
        var thresholds: [Thresholds] = []
        for _ in 0..<count {
            let token = try reader.token(version: found, thresholdsBefore: thresholds)
            thresholds = token.routing.thresholds
            tokens.append(token)
        }
        guard reader.isAtEnd else { throw .damaged(offset: reader.offset) }
        return tokens
    }
}

/// Why a stored routing trace cannot be read. The message that the trace belongs to is stored apart and not affected.
public enum RoutingTraceError: Error, Sendable, Hashable {
    /// The bytes do not begin as a routing trace does.
    case notATrace
    /// The trace has a version of the layout that this program does not know: a newer one wrote it.
    case unknownVersion(UInt8)
    /// The bytes are cut short or altered; it showed at byte `offset`.
    case damaged(offset: Int)
}

extension RoutingTraceError: CustomStringConvertible {
    /// One line for the user: what is wrong and what it costs.
    public var description: String {
        let reason =
            switch self {
            case .notATrace: "it is none"
            case .unknownVersion(let version): "it has version \(version); a newer fathom wrote it"
            case .damaged(let offset): "it is damaged at byte \(offset)"
            }
        return "A stored routing trace cannot be read: \(reason). The message stays, without its heatmap."
    }
}
