import MoDModel

extension ModelSession {
    /// The chunks in which a text that lies at `places` of an array is run from an empty context. What
    /// exceeds the context is left out.
    package func chunks(of places: Range<Int>) -> [Range<Int>] {
        let end = places.lowerBound + min(places.count, contextLength)
        return stride(from: places.lowerBound, to: end, by: chunkLength).map {
            $0..<min($0 + chunkLength, end)
        }
    }
}
