import CNcurses
import Foundation

/// The file that ncurses writes to: the terminal, except that what makes one picture is gathered and sent in one piece.
///
/// ncurses sends every row by itself. Each of these writes wakes whoever reads the terminal, which takes a processor
/// from the model some dozens of times a frame.
///
/// ncurses writes to a descriptor, whatever file it is given. So it gets one of its own, which stands for a file in
/// memory while a picture is made. Where the system has no such files, rows go out one by one.
package struct GatheredOutput: ~Copyable {
    /// The file that ncurses is given.
    let file: UnsafeMutablePointer<FILE>
    /// The descriptor of the file that ncurses writes to: the terminal, or, while a picture is gathered, a file in
    /// memory.
    package let descriptor: Int32
    private let terminal: Int32
    /// The descriptor of a file in memory; negative where the system has no such files.
    private let memory: Int32
    private var bytes: [UInt8] = []

    /// Creates output to the terminal that is open as the descriptor `terminal`.
    ///
    /// - Throws: `TerminalError.system` where there are no more descriptors.
    package init(terminal: Int32 = 1) throws(TerminalError) {
        self.terminal = terminal
        let own = fcntl(terminal, F_DUPFD_CLOEXEC, 3)
        guard own >= 0, let file = fdopen(own, "w") else {
            let reason = errno
            if own >= 0 { close(own) }
            throw .system("open the terminal", reason)
        }
        self.file = file
        descriptor = own
        memory = fathom_memory_file()
    }

    deinit {
        if memory >= 0 { close(memory) }
        fclose(file)
    }

    /// Whether what makes one picture goes out in one piece.
    var canGather: Bool { memory >= 0 }

    /// Runs `draw` and sends the terminal in one piece what that writes, with exact colours in it where there are any.
    package mutating func gather(rewriting colors: ExactColors? = nil, _ draw: () -> Void) {
        guard memory >= 0, lseek(memory, 0, SEEK_SET) == 0, replace(by: memory) else {
            return OutputGate.terminal.pass(draw)
        }
        draw()
        _ = replace(by: terminal)
        let count = max(0, Int(lseek(memory, 0, SEEK_CUR)))
        if bytes.count < count { bytes = [UInt8](repeating: 0, count: count) }
        let read = max(0, pread(memory, &bytes, count, 0))
        send(colors?.rewritten(bytes[..<read]) ?? bytes[..<read])
    }

    /// Makes the descriptor that ncurses writes to stand for the file open as `other`; false where the system refuses.
    /// The descriptor stays closed to programs that this process starts, which `dup2` by itself would end.
    private func replace(by other: Int32) -> Bool {
        dup2(other, descriptor) >= 0 && fcntl(descriptor, F_SETFD, FD_CLOEXEC) >= 0
    }

    /// Writes bytes to the terminal, as far as somebody is there to take them and it has not been given back.
    func send(_ bytes: some ContiguousBytes) {
        bytes.withUnsafeBytes { bytes in OutputGate.terminal.pass { write(bytes) } }
    }

    private func write(_ bytes: UnsafeRawBufferPointer) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let sent = Foundation.write(
                terminal, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
            if sent > 0 {
                rest = rest.dropFirst(sent)
            } else if sent < 0, errno == EAGAIN {
                // Another program left the terminal's descriptor non-blocking.
                var full = pollfd(fd: terminal, events: Int16(POLLOUT), revents: 0)
                guard poll(&full, 1, -1) >= 0 || errno == EINTR else { return }
            } else if sent == 0 || errno != EINTR {
                return
            }
        }
    }
}
