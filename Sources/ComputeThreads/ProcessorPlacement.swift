import CScheduler

/// Keeps compute threads off each other's processors.
///
/// Linux sometimes wakes a thread on the processor of the one it meets at every barrier and leaves it there, though
/// another one idles: what they compute then comes at a seventh of its speed to its end. Threads are moved, not pinned:
/// the system may place them as it likes right after. Where it offers no such calls nothing happens.
package enum ProcessorPlacement {
    /// The processor that the calling thread runs on.
    package static var current: Int? {
        let number = fathom_current_processor()
        return number < 0 ? nil : Int(number)
    }

    /// Moves the calling thread to a processor that is none of these, and returns which; nil if it may use no other.
    package static func move(offAnyOf taken: [Int]) -> Int? {
        guard let allowed else { return nil }
        var others = allowed
        for processor in taken where others.indices.contains(processor) { others[processor] = false }
        // The first call moves the thread at once, the second lets the system move it again.
        guard others.contains(true), fathom_set_allowed_processors(others) else { return nil }
        defer { _ = fathom_set_allowed_processors(allowed) }
        return current
    }

    /// How many processors the calling thread may run on.
    package static var allowedCount: Int {
        allowed?.count { $0 } ?? 0
    }

    /// Whether the calling thread may run on a processor, by its number.
    private static var allowed: [Bool]? {
        var allowed = [Bool](repeating: false, count: Int(FATHOM_MOST_PROCESSORS))
        return fathom_get_allowed_processors(&allowed) ? allowed : nil
    }
}
