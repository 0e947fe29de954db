/// The merges of a vocabulary: which pairs of tokens become one, and which go first.
struct MergeTable: Sendable {
    /// The rank of a merge (0 is the most urgent) by the pair it joins.
    private let ranks: [UInt64: UInt32]
    /// The token each merge makes, by rank.
    private let results: [Int32]

    /// Takes the merges, most urgent first, and the ids of the normal tokens by their bytes.
    ///
    /// - Throws: a `TokenizerError` that names the merge which is malformed, there twice, or of tokens that are not.
    init(_ merges: [String], tokens: [ArraySlice<UInt8>: Int32]) throws(TokenizerError) {
        guard Int32(exactly: merges.count) != nil else { throw .tooLarge(count: merges.count) }
        var ranks: [UInt64: UInt32] = [:]
        var results: [Int32] = []
        ranks.reserveCapacity(merges.count)
        results.reserveCapacity(merges.count)
        var pair: [UInt8] = []
        for (rank, merge) in merges.enumerated() {
            pair.removeAll(keepingCapacity: true)
            let split = try MergeTable.decode(merge, rank: rank, into: &pair)
            func id(_ bytes: ArraySlice<UInt8>) throws(TokenizerError) -> Int32 {
                if let id = tokens[bytes] { return id }
                throw .unknownTokenInMerge(String(decoding: bytes, as: UTF8.self), merge: rank)
            }
            let key = MergeTable.key(try id(pair[..<split]), try id(pair[split...]))
            results.append(try id(pair[...]))
            guard ranks.updateValue(UInt32(rank), forKey: key) == nil else {
                throw .duplicateMerge(merge, merge: rank)
            }
        }
        self.ranks = ranks
        self.results = results
    }

    /// The rank of the merge of two neighbouring tokens, 0 the most urgent, and the token that it makes; nil where they
    /// stay apart.
    func merge(_ left: Int32, _ right: Int32) -> (rank: UInt32, id: Int32)? {
        ranks[MergeTable.key(left, right)].map { ($0, results[Int($0)]) }
    }

    /// Appends the bytes of both parts of a merge; returns where the second begins.
    private static func decode(
        _ merge: String, rank: Int, into pair: inout [UInt8]
    ) throws(TokenizerError) -> Int {
        let scalars = merge.unicodeScalars
        guard let space = scalars.firstIndex(of: " "),
            ByteAlphabet.decode(scalars[..<space], into: &pair)
        else { throw .malformedMerge(merge, merge: rank) }
        let split = pair.count
        guard split > 0, ByteAlphabet.decode(scalars[space...].dropFirst(), into: &pair), pair.count > split
        else { throw .malformedMerge(merge, merge: rank) }
        return split
    }

    private static func key(_ left: Int32, _ right: Int32) -> UInt64 {
        UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
    }
}
