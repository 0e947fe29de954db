import CSignals
import Synchronization

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// What happens when another program shortens a model's file while this one reads it: the system sends SIGBUS to the
/// thread that touches bytes which are no longer there, and where it stands no error can be thrown.
///
/// The handler touches only atomics and memory made ready before, and calls only async-signal-safe functions.
public enum TruncationTrap {
    /// A mapped file. Never freed, since a handler might be reading it.
    struct Mapping: ~Copyable {
        let bytes: UnsafeRawBufferPointer
        /// What to say when the file is too short, with a newline.
        let line: UnsafeBufferPointer<UInt8>
        let next: UnsafeMutablePointer<Mapping>?
        let isMapped = Atomic<Bool>(true)
    }

    /// A file that is watched until `end`, which is to be called before it is unmapped.
    ///
    /// Unchecked because of the pointer: what it points to lives for ever, and of it only an atomic changes.
    struct Watch: @unchecked Sendable {
        fileprivate let mapping: UnsafeMutablePointer<Mapping>

        func end() { mapping.pointee.isMapped.store(false, ordering: .releasing) }
    }

    /// Makes the line for a path; nil until lines are asked for. Who adds a mapping holds the lock.
    private static let wording = Mutex<(@Sendable (_ path: String) -> String)?>(nil)
    /// The first mapping. An entry is complete before it is stored, and its `next` never changes.
    nonisolated(unsafe) private static let mappings = Atomic<UnsafeMutablePointer<Mapping>?>(nil)
    /// What SIGBUS did before; complete before it is stored, and never freed.
    nonisolated(unsafe) private static let previous = Atomic<UnsafeMutablePointer<sigaction>?>(nil)
    private static let status = Atomic<Int32>(EXIT_FAILURE)
    private static let isEnding = Atomic<Bool>(false)

    /// From now on, a model's file that is shortened while it is read ends the process with one line on standard error
    /// instead of a crash. Files that are open already are not watched.
    ///
    /// - Parameters:
    ///   - status: the exit status of the process.
    ///   - line: what to say of the file at a path.
    public static func endProcess(status: Int32, saying line: @escaping @Sendable (_ path: String) -> String)
    {
        wording.withLock { $0 = line }
        self.status.store(status, ordering: .releasing)
        guard previous.load(ordering: .acquiring) == nil else { return }
        let action = UnsafeMutablePointer<sigaction>.allocate(capacity: 1)
        action.initialize(to: sigaction())
        sigaction(SIGBUS, nil, action)
        previous.store(action, ordering: .releasing)
        fathom_handle_signal(SIGBUS, handle)
    }

    /// Watches a mapped file; returns nil where no lines are asked for.
    static func watch(_ bytes: UnsafeRawBufferPointer, path: String) -> Watch? {
        wording.withLock { wording in
            guard let wording else { return nil }
            let text = Array((wording(path) + "\n").utf8)
            let line = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: text.count)
            _ = line.initialize(from: text)
            let mapping = UnsafeMutablePointer<Mapping>.allocate(capacity: 1)
            let next = mappings.load(ordering: .relaxed)
            mapping.initialize(
                to: Mapping(bytes: bytes, line: UnsafeBufferPointer(line), next: next))
            mappings.store(mapping, ordering: .releasing)
            return Watch(mapping: mapping)
        }
    }

    private static let handle: fathom_signal_handler = { number, origin, _ in
        if let origin, fathom_is_fault(origin), let address = fathom_fault_address(origin) {
            var next = mappings.load(ordering: .acquiring)
            while let mapping = next {
                if mapping.pointee.isMapped.load(ordering: .acquiring),
                    mapping.pointee.bytes.contains(address)
                {
                    end(mapping.pointee.line)
                }
                next = mapping.pointee.next
            }
        }
        // Something else: the process ends as it would without this.
        if let action = previous.load(ordering: .acquiring) { sigaction(number, action, nil) }
        if let origin, !fathom_is_fault(origin) { raise(number) }
    }

    /// Says the line and ends the process; of several threads that come here at once, the first.
    private static func end(_ line: UnsafeBufferPointer<UInt8>) -> Never {
        if isEnding.exchange(true, ordering: .acquiringAndReleasing) {
            while true { pause() }
        }
        _ = write(STDERR_FILENO, line.baseAddress, line.count)
        _exit(status.load(ordering: .acquiring))
    }
}

extension UnsafeRawBufferPointer {
    /// Whether an address lies within the buffer.
    fileprivate func contains(_ address: UnsafeRawPointer) -> Bool {
        guard let baseAddress else { return false }
        return address >= baseAddress && address < baseAddress + count
    }
}
