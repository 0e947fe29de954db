import Foundation

/// What the thread that reads the terminal does: wait for keys and signals, without ever spinning, until told to end.
package struct InputLoop {
    /// What the loop asks the terminal's owner for.
    package enum Request {
        case deliver(TerminalEvent)
        case resize, resume
        /// The keyboard is left alone from here on.
        case paused
        /// Stop this process, or all of the shell's job.
        case suspend(wholeJob: Bool)
    }

    let keyboard: Int32
    let wake: WakePipe
    let handle: (Request) -> Void

    private var decoder = KeyDecoder()
    private var isConnected = true
    private var isPaused = false

    /// Creates a loop that reads keys from the descriptor `keyboard` and signals from a wake pipe, and calls `handle`
    /// with all that they come to.
    package init(keyboard: Int32, wake: WakePipe, handle: @escaping (Request) -> Void) {
        self.keyboard = keyboard
        self.wake = wake
        self.handle = handle
    }

    /// Reads until the wake pipe says `WakePipe.end`.
    package mutating func run() {
        while true {
            // poll ignores negative descriptors: a keyboard that is gone would be ready for ever.
            var waiting = [
                pollfd(fd: wake.readEnd, events: Int16(POLLIN), revents: 0),
                pollfd(fd: isConnected && !isPaused ? keyboard : -1, events: Int16(POLLIN), revents: 0),
            ]
            let ready = poll(&waiting, 2, timeout)
            if ready < 0, errno != EINTR { return }
            if ready == 0 { deliver(decoder.timeOut()) }
            guard ready > 0 else { continue }
            if waiting[0].revents != 0, !obey(Set(wake.receive())) { return }
            if waiting[1].revents != 0 { readKeyboard() }
        }
    }

    private var timeout: Int32 {
        guard let patience = decoder.patience else { return -1 }
        return Int32(patience / .milliseconds(1))
    }

    /// Acts on what the wake pipe brought, the numbers of signals; false when the loop is to end.
    private mutating func obey(_ bytes: Set<UInt8>) -> Bool {
        if bytes.contains(WakePipe.end) { return false }
        // In this order: where the keyboard was lent twice in no time, both come together.
        if bytes.contains(WakePipe.goOn) { isPaused = false }
        if bytes.contains(WakePipe.pause), !isPaused {
            isPaused = true
            handle(.paused)
        }
        if SignalTrap.endSignals.contains(where: { bytes.contains(UInt8($0)) }) { handle(.deliver(.hangUp)) }
        if bytes.contains(UInt8(SIGTSTP)) { handle(.suspend(wholeJob: false)) }
        if bytes.contains(UInt8(SIGCONT)) { handle(.resume) }
        if bytes.contains(UInt8(SIGWINCH)) { handle(.resize) }
        return true
    }

    private mutating func readKeyboard() {
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = read(keyboard, &bytes, bytes.count)
        if count > 0 {
            deliver(decoder.decode(bytes.prefix(count)))
        } else if count == 0 || (errno != EINTR && errno != EAGAIN) {
            isConnected = false
            handle(.deliver(.hangUp))
        }
    }

    private func deliver(_ events: [TerminalEvent]) {
        for event in events {
            if event == .key(.character("z"), .control) {
                // What the terminal would do itself outside raw mode.
                handle(.suspend(wholeJob: true))
            } else {
                handle(.deliver(event))
            }
        }
    }
}
