/// A token, or a piece of text that may become part of one, among those of the text that is being encoded.
struct Symbol {
    /// The token; negative where the text is none by itself.
    var id: Int32
    /// The bytes of the text that the symbol stands for.
    var range: Range<Int>
    /// How urgent the merge with the next symbol is, 0 the most; `SymbolMerger.none` where there is none, and once this
    /// symbol is merged away.
    fileprivate var rank = SymbolMerger.none
    /// What that merge makes.
    fileprivate var merged: Int32 = -1
    fileprivate var previous: Int
    fileprivate var next: Int

    /// Creates the symbol that follows `count` others.
    init(id: Int32, range: Range<Int>, after count: Int) {
        self.id = id
        self.range = range
        previous = count - 1
        next = count + 1
    }
}

/// Joins neighbouring symbols of a text, the most urgent pair first and of equally urgent ones the leftmost, until none
/// can be joined.
///
/// Its memory is kept between texts, so that encoding many words allocates only while it grows. A text of n symbols
/// takes n log n steps however long it is.
struct SymbolMerger {
    /// The rank of a pair that stays apart: less urgent than any.
    static let none = UInt32.max

    private var symbols: [Symbol] = []
    /// Empty between texts.
    private var queue = MergeQueue()

    /// Begins a text.
    mutating func begin() {
        symbols.removeAll(keepingCapacity: true)
    }

    /// Adds a symbol to the end of the text.
    mutating func append(id: Int32, range: Range<Int>) {
        symbols.append(Symbol(id: id, range: range, after: symbols.count))
    }

    /// Joins all that can be joined, and hands out the symbols that are left.
    ///
    /// - Parameter pair: the rank of the merge of two neighbouring symbols and the token that it makes; nil where they
    ///   stay apart.
    mutating func merge(
        by pair: (Symbol, Symbol) -> (rank: UInt32, id: Int32)?, _ body: (Symbol) -> Void
    ) {
        for position in symbols.indices { rank(position, by: pair) }
        while let (rank, position) = queue.pop() {
            // A pair in the queue is out of date once one of its sides was merged with another.
            guard symbols[position].rank == rank else { continue }
            join(position, by: pair)
        }
        var position = 0
        while position < symbols.count {
            body(symbols[position])
            position = symbols[position].next
        }
    }

    /// Joins a symbol with the next one, and ranks the two pairs that this makes.
    private mutating func join(_ position: Int, by pair: (Symbol, Symbol) -> (rank: UInt32, id: Int32)?) {
        let absorbed = symbols[position].next
        let next = symbols[absorbed].next
        symbols[position].id = symbols[position].merged
        symbols[position].range = symbols[position].range.lowerBound..<symbols[absorbed].range.upperBound
        symbols[position].next = next
        symbols[absorbed].rank = SymbolMerger.none
        if next < symbols.count { symbols[next].previous = position }
        rank(position, by: pair)
        let previous = symbols[position].previous
        if previous >= 0 { rank(previous, by: pair) }
    }

    /// Ranks the pair of a symbol and the next one, and queues it if it can be merged.
    private mutating func rank(_ position: Int, by pair: (Symbol, Symbol) -> (rank: UInt32, id: Int32)?) {
        let next = symbols[position].next
        guard next < symbols.count, let (rank, id) = pair(symbols[position], symbols[next]) else {
            symbols[position].rank = SymbolMerger.none
            return
        }
        symbols[position].rank = rank
        symbols[position].merged = id
        // Only a text of over 4 Gi symbols would wrap here, and it would merely be merged in another order.
        queue.push(rank: rank, position: UInt32(truncatingIfNeeded: position))
    }
}
