/// Joins the bytes of a word into tokens, the most urgent merge first (Sennrich et al., arXiv 1508.07909).
struct BytePairEncoder: Sendable {
    private let merges: MergeTable
    /// The token of each byte; `nil` where the vocabulary has none.
    private let byteTokens: [Int32?]

    /// Takes the merges, most urgent first, and the ids of the normal tokens by their bytes.
    ///
    /// Vocabularies lack tokens for bytes that UTF-8 never or hardly ever uses, but none can lack English.
    ///
    /// - Throws: `TokenizerError.missingByte` for a vocabulary without a byte of plain text, and an error that names
    ///   the merge that does not fit the tokens.
    init(merges: [String], tokens: [ArraySlice<UInt8>: Int32]) throws(TokenizerError) {
        let byteTokens = (UInt8.min ... .max).map { tokens[[$0]] }
        for byte in [0x0A] + (UInt8(0x20)...0x7E) where byteTokens[Int(byte)] == nil {
            throw .missingByte(byte)
        }
        self.byteTokens = byteTokens
        self.merges = try MergeTable(merges, tokens: tokens)
    }

    /// Memory for the word that is being encoded, kept between words so that encoding a text allocates only while it
    /// grows.
    struct Workspace {
        fileprivate var symbols: [Symbol] = []
        /// Empty between words.
        fileprivate var queue = MergeQueue()
    }

    /// A token of the word that is being encoded, linked to its neighbours.
    fileprivate struct Symbol {
        var id: Int32
        /// The rank of the merge with the next symbol; `MergeTable.none` also once this symbol is merged
        /// away.
        var rank = MergeTable.none
        var previous: Int
        var next: Int
    }

    /// Appends the tokens of one word. Bytes that have no token are left out, as Hugging Face's BPE does.
    func encode(_ word: ArraySlice<UInt8>, into ids: inout [Int32], workspace: inout Workspace) {
        if word.count == 1, let byte = word.first {
            if let id = byteTokens[Int(byte)] { ids.append(id) }
            return
        }
        begin(word, &workspace)
        while let (rank, position) = workspace.queue.pop() {
            // A pair in the queue is out of date once one of its sides was merged with another.
            guard workspace.symbols[position].rank == rank else { continue }
            merge(at: position, &workspace)
        }
        var position = 0
        while position < workspace.symbols.count {
            ids.append(workspace.symbols[position].id)
            position = workspace.symbols[position].next
        }
    }

    private func begin(_ word: ArraySlice<UInt8>, _ workspace: inout Workspace) {
        workspace.symbols.removeAll(keepingCapacity: true)
        for byte in word {
            guard let id = byteTokens[Int(byte)] else { continue }
            let position = workspace.symbols.count
            workspace.symbols.append(Symbol(id: id, previous: position - 1, next: position + 1))
        }
        for position in workspace.symbols.indices {
            rankPair(at: position, &workspace)
        }
    }

    /// Joins a symbol with the next one, and ranks the two pairs that this makes.
    private func merge(at position: Int, _ workspace: inout Workspace) {
        let absorbed = workspace.symbols[position].next
        let next = workspace.symbols[absorbed].next
        workspace.symbols[position].id = merges.result(ofRank: workspace.symbols[position].rank)
        workspace.symbols[position].next = next
        workspace.symbols[absorbed].rank = MergeTable.none
        if next < workspace.symbols.count { workspace.symbols[next].previous = position }
        rankPair(at: position, &workspace)
        let previous = workspace.symbols[position].previous
        if previous >= 0 { rankPair(at: previous, &workspace) }
    }

    /// Ranks the pair of a symbol and the next one, and queues it if it can be merged.
    private func rankPair(at position: Int, _ workspace: inout Workspace) {
        let next = workspace.symbols[position].next
        guard next < workspace.symbols.count else {
            workspace.symbols[position].rank = MergeTable.none
            return
        }
        let rank = merges.rank(workspace.symbols[position].id, workspace.symbols[next].id)
        workspace.symbols[position].rank = rank
        if rank != MergeTable.none {
            // Only a word of over 4 GiB would wrap here, and it would merely be merged in another order.
            workspace.queue.push(rank: rank, position: UInt32(truncatingIfNeeded: position))
        }
    }
}
