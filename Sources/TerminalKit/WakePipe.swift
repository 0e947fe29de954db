import Foundation

/// A pipe that wakes the thread that reads the terminal: signal handlers, and whoever closes the terminal, write a
/// byte.
package struct WakePipe: Sendable {
    /// The byte that asks the thread to end; any other but `pause` and `goOn` is the number of a signal.
    package static let end: UInt8 = 0
    /// The byte that asks the thread to leave the keyboard alone, and the one that ends that.
    package static let (pause, goOn): (UInt8, UInt8) = (254, 255)

    /// The descriptor to wait for and to read from.
    package let readEnd: Int32
    /// The descriptor to write to; it never blocks.
    package let writeEnd: Int32

    /// Makes a pipe.
    ///
    /// - Throws: `TerminalError.system` where there are no more descriptors.
    package init() throws(TerminalError) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw .system("make a pipe", errno) }
        (readEnd, writeEnd) = (ends[0], ends[1])
        for descriptor in ends {
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
            // A full pipe must not block a signal handler: the thread is awake already.
            _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
        }
    }

    /// Wakes the thread with a byte.
    package func send(_ byte: UInt8) {
        var byte = byte
        _ = write(writeEnd, &byte, 1)
    }

    /// Takes out the bytes that have come; none where nothing has.
    func receive() -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 256)
        let count = read(readEnd, &bytes, bytes.count)
        return Array(bytes.prefix(max(0, count)))
    }

    func close() {
        for descriptor in [readEnd, writeEnd] { _ = systemClose(descriptor) }
    }
}

// Inside `WakePipe`, `close` means its own.
private func systemClose(_ descriptor: Int32) -> Int32 { close(descriptor) }
