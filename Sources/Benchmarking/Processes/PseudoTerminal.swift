import Foundation

/// The two ends of a pseudo-terminal: a program has the line, this program the keyboard and the screen.
final class PseudoTerminal {
    /// Standard input and output for the program; to be closed here once the program has it.
    let line: FileHandle
    private let controller: Int32

    /// What came of waiting for the program.
    enum Wait {
        /// What was waited for.
        case done
        /// The program has closed the line.
        case closed
        /// Nothing in time.
        case silent
    }

    /// Opens one.
    ///
    /// - Throws: `BenchmarkError.noTerminal` where the system has none to give.
    init(columns: UInt16, rows: UInt16) throws(BenchmarkError) {
        var size = winsize(ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
        var (ours, theirs): (Int32, Int32) = (-1, -1)
        guard openpty(&ours, &theirs, nil, nil, &size) == 0 else {
            throw .noTerminal(reason: String(cString: strerror(errno)))
        }
        // Other programs started here have no business with it.
        for descriptor in [ours, theirs] { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        controller = ours
        line = FileHandle(fileDescriptor: theirs, closeOnDealloc: true)
    }

    deinit {
        close(controller)
    }

    /// Reads until the program has sent `text`, but no longer than to `end`.
    func wait(for text: String, atMostTo end: ContinuousClock.Instant) -> Wait {
        var buffer = [UInt8](repeating: 0, count: Self.mostAtOnce)
        var seen: [UInt8] = []
        while ContinuousClock.now < end {
            var request = pollfd(fd: controller, events: Int16(POLLIN), revents: 0)
            guard poll(&request, 1, 100) >= 0 || errno == EINTR else { return .closed }
            if request.revents == 0 { continue }
            guard let count = Self.read(controller, into: &buffer) else { return .closed }
            seen += buffer[..<count]
            if String(decoding: seen, as: UTF8.self).contains(text) { return .done }
        }
        return .silent
    }

    /// Takes what comes, as a terminal would, until nothing has come for a while, but no longer than to `end`. False
    /// once the program has closed the line.
    func discardOutput(untilSilentFor pause: Duration, atMostTo end: ContinuousClock.Instant) -> Bool {
        // One buffer for all: this thread's work is taken from what is timed.
        var buffer = [UInt8](repeating: 0, count: Self.mostAtOnce)
        while ContinuousClock.now < end {
            var request = pollfd(fd: controller, events: Int16(POLLIN), revents: 0)
            let ready = poll(&request, 1, Int32(pause / .milliseconds(1)))
            if ready == 0 { return true }
            if ready > 0, Self.read(controller, into: &buffer) == nil { return false }
        }
        return true
    }

    /// Types, however long the text, but no longer than to `end`, and takes what comes meanwhile: a program that cannot
    /// show what it has to show would not read on.
    func type(_ text: String, atMostTo end: ContinuousClock.Instant) -> Wait {
        var buffer = [UInt8](repeating: 0, count: Self.mostAtOnce)
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            guard ContinuousClock.now < end else { return .silent }
            var request = pollfd(fd: controller, events: Int16(POLLIN | POLLOUT), revents: 0)
            guard poll(&request, 1, 100) > 0 else { continue }
            if Int32(request.revents) & POLLOUT == 0 || Int32(request.revents) & POLLIN != 0 {
                guard Self.read(controller, into: &buffer) != nil else { return .closed }
            } else {
                let sent = rest.prefix(Self.mostTypedAtOnce).withUnsafeBytes {
                    write(controller, $0.baseAddress, $0.count)
                }
                guard sent >= 0 || errno == EINTR else { return .closed }
                rest = rest.dropFirst(max(0, sent))
            }
        }
        return .done
    }

    private static let mostAtOnce = 1 << 16
    /// Less than a terminal holds for a program that is busy.
    private static let mostTypedAtOnce = 1 << 10

    /// Waits for something to read and returns how many bytes there were, or nil at the end.
    private static func read(_ descriptor: Int32, into buffer: inout [UInt8]) -> Int? {
        let count = Foundation.read(descriptor, &buffer, buffer.count)
        if count < 0, errno == EINTR { return 0 }
        return count > 0 ? count : nil
    }
}
