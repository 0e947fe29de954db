#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Keeps compute threads off each other's processors.
///
/// Linux sometimes wakes a thread on the processor of the one it meets at every barrier and leaves it there, though another
/// one idles: a reply then comes at a seventh of its speed to its end. Threads are moved, not pinned: the system may place
/// them as it likes right after. Where it offers no such calls nothing happens.
package enum ProcessorPlacement {
    /// The processor that the calling thread runs on.
    package static var current: Int? {
        guard let number = calls?.processor(), number >= 0 else { return nil }
        return Int(number)
    }

    /// Moves the calling thread to a processor that is none of these, and returns which; nil if it may use no other.
    package static func move(offAnyOf taken: [Int]) -> Int? {
        guard let calls, let allowed = calls.mask() else { return nil }
        let others = allowed.subtracting(taken)
        guard !others.isEmpty else { return nil }
        // The first call moves the thread at once, the second lets the system move it again.
        calls.set(others)
        defer { calls.set(allowed) }
        return current
    }

    /// How many processors the calling thread may run on.
    package static var allowedCount: Int {
        calls?.mask()?.count ?? 0
    }

    private static let calls = SchedulerCalls()
}

/// Calls of the C library that Swift does not import and not every system has.
private struct SchedulerCalls {
    typealias Processor = @convention(c) () -> Int32
    private typealias Read = @convention(c) (Int32, Int, UnsafeMutableRawPointer) -> Int32
    private typealias Write = @convention(c) (Int32, Int, UnsafeRawPointer) -> Int32

    let processor: Processor
    private let read: Read
    private let write: Write

    /// What glibc has room for. On larger machines the calls fail.
    private static let mostProcessors = 1024

    init?() {
        #if os(Linux)
            guard let processor = dlsym(nil, "sched_getcpu"), let read = dlsym(nil, "sched_getaffinity"),
                let write = dlsym(nil, "sched_setaffinity")
            else { return nil }
            self.processor = unsafeBitCast(processor, to: Processor.self)
            self.read = unsafeBitCast(read, to: Read.self)
            self.write = unsafeBitCast(write, to: Write.self)
        #else
            return nil
        #endif
    }

    /// The processors that the calling thread may run on.
    func mask() -> Set<Int>? {
        var bits = [UInt64](repeating: 0, count: Self.mostProcessors / 64)
        let result = bits.withUnsafeMutableBytes { bytes in
            bytes.baseAddress.map { read(0, bytes.count, $0) }
        }
        guard let result, result >= 0 else { return nil }
        return Set((0..<Self.mostProcessors).filter { bits[$0 / 64] >> UInt64($0 % 64) & 1 == 1 })
    }

    /// Lets the calling thread run on these only. Nothing happens if it cannot.
    func set(_ processors: Set<Int>) {
        var bits = [UInt64](repeating: 0, count: Self.mostProcessors / 64)
        for processor in processors where (0..<Self.mostProcessors).contains(processor) {
            bits[processor / 64] |= 1 << UInt64(processor % 64)
        }
        _ = bits.withUnsafeBytes { bytes in bytes.baseAddress.map { write(0, bytes.count, $0) } }
    }
}
