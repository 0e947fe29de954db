import CSignals
import Synchronization

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Files that are being written, which are of no use to anybody when a signal ends the process.
///
/// The handler touches only atomics and memory made ready before, and calls only async-signal-safe functions.
public enum UnfinishedFiles {
    /// A file. Never freed, since a handler might be reading it.
    fileprivate struct File: ~Copyable {
        /// With a 0 at its end.
        let path: UnsafeMutablePointer<CChar>
        let next: UnsafeMutablePointer<File>?
        let isThere = Atomic<Bool>(true)
    }

    /// A file that is removed when a signal ends the process, until `end`.
    ///
    /// Unchecked because of the pointer: what it points to lives for ever, and of it only an atomic changes.
    struct Entry: @unchecked Sendable {
        fileprivate let file: UnsafeMutablePointer<File>

        func end() { file.pointee.isThere.store(false, ordering: .releasing) }
    }

    /// Held by who adds a file.
    private static let lock = Mutex(())
    /// The first file. An entry is complete before it is stored, and its `next` never changes.
    nonisolated(unsafe) private static let files = Atomic<UnsafeMutablePointer<File>?>(nil)

    /// From now on, the signals by which a user or the system asks a process to end remove files that are still being
    /// written first. Signals that are ignored stay so.
    public static func removeAtSignals() {
        for number in [SIGINT, SIGTERM, SIGHUP, SIGQUIT] {
            var action = sigaction()
            sigaction(number, nil, &action)
            if fathom_is_default(&action) { fathom_handle_signal(number, handle) }
        }
    }

    static func add(_ path: String) -> Entry {
        lock.withLock { _ in
            let bytes = path.utf8CString
            let copy = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count)
            for (index, byte) in bytes.enumerated() { (copy + index).initialize(to: byte) }
            let file = UnsafeMutablePointer<File>.allocate(capacity: 1)
            file.initialize(to: File(path: copy, next: files.load(ordering: .relaxed)))
            files.store(file, ordering: .releasing)
            return Entry(file: file)
        }
    }

    private static let handle: fathom_signal_handler = { number, _, _ in
        var next = files.load(ordering: .acquiring)
        while let file = next {
            if file.pointee.isThere.load(ordering: .acquiring) { unlink(file.pointee.path) }
            next = file.pointee.next
        }
        fathom_default_signal(number)
        raise(number)
    }
}
