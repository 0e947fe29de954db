/// The tokens that are looked for in text before it is cut into words.
struct SpecialTokens: Sendable {
    private struct Candidate: Sendable {
        var bytes: ArraySlice<UInt8>
        var id: Int32
    }

    /// The tokens by their first byte, the longest first.
    private var candidates: [UInt8: [Candidate]] = [:]

    /// Creates a matcher for some tokens, given as ids by their bytes.
    init(_ index: [ArraySlice<UInt8>: Int32]) {
        for (bytes, id) in index {
            guard let first = bytes.first else { continue }
            candidates[first, default: []].append(Candidate(bytes: bytes, id: id))
        }
        for first in candidates.keys {
            candidates[first]?.sort { $0.bytes.count > $1.bytes.count }
        }
    }

    /// The leftmost token in `text`, the longest of those that start there, and the bytes it takes; nil without any.
    func firstMatch(in text: ArraySlice<UInt8>) -> (id: Int32, range: Range<Int>)? {
        guard !candidates.isEmpty else { return nil }
        for start in text.indices {
            guard let here = candidates[text[start]] else { continue }
            if let match = here.first(where: { text[start...].starts(with: $0.bytes) }) {
                return (match.id, start..<start + match.bytes.count)
            }
        }
        return nil
    }
}
