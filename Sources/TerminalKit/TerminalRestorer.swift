import CNcurses
import Foundation
import Synchronization

/// What is needed to give the terminal back when there is no time for ncurses: the process exits without closing
/// the screen, or a signal kills it.
///
/// `restore` may be called from a signal handler: it touches only memory made ready beforehand, through one atomic
/// pointer, and calls only functions that POSIX lists as async-signal-safe.
struct TerminalRestorer {
    private let sequences: UnsafeMutableBufferPointer<UInt8>
    private let modes: UnsafeMutablePointer<termios>?

    /// What `restore` is to undo; null while no screen is open. Any thread may read it: what it points to is complete
    /// before it is stored, and neither changed nor freed afterwards.
    nonisolated(unsafe) private static let armed = Atomic<UnsafeMutablePointer<TerminalRestorer>?>(nil)

    /// Whether there is nothing to undo, or it has been undone.
    private static let isRestored = Atomic<Bool>(true)

    /// The terminal's present modes; nil where the system does not say. Call before ncurses changes them.
    static func savedModes() -> termios? {
        var modes = termios()
        return tcgetattr(0, &modes) == 0 ? modes : nil
    }

    /// Makes `restore` undo what the screen did. Call once ncurses has the terminal, whose capabilities are asked for.
    static func arm(_ saved: termios?) {
        var bytes = Array((MouseReports.off + BracketedPaste.off).utf8)
        for name in ["rmkx", "sgr0", "op", "cnorm", "rmcup"] {
            if let sequence = Capability.sequence(name) { bytes += sequence.utf8 }
        }
        let sequences = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: bytes.count)
        _ = sequences.initialize(from: bytes)
        var modes: UnsafeMutablePointer<termios>?
        if let saved {
            modes = .allocate(capacity: 1)
            modes?.initialize(to: saved)
        }
        let restorer = UnsafeMutablePointer<TerminalRestorer>.allocate(capacity: 1)
        restorer.initialize(to: TerminalRestorer(sequences: sequences, modes: modes))
        OutputGate.terminal.open()
        isRestored.store(false, ordering: .releasing)
        armed.store(restorer, ordering: .releasing)
    }

    /// Makes `restore` do nothing: the screen is closed. The few bytes stay allocated, since a signal handler
    /// might be reading them.
    static func disarm() {
        armed.store(nil, ordering: .releasing)
        isRestored.store(true, ordering: .releasing)
    }

    /// Gives the terminal back, if a screen is open and no other job has the terminal. Nothing is drawn from then on.
    static func restore() {
        guard let restorer = armed.exchange(nil, ordering: .acquiringAndReleasing) else {
            // Several threads may end the process at once: who comes later must not end it before the first is done.
            var waits = 0
            while !isRestored.load(ordering: .acquiring), waits < 1000 {
                var pause = timespec(tv_sec: 0, tv_nsec: 1_000_000)
                nanosleep(&pause, nil)
                waits += 1
            }
            return
        }
        defer { isRestored.store(true, ordering: .releasing) }
        OutputGate.terminal.close()
        guard Foreground.isOurs else { return }
        var rest = UnsafeRawBufferPointer(restorer.pointee.sequences)
        while let start = rest.baseAddress, !rest.isEmpty {
            let written = write(1, start, rest.count)
            if written <= 0 { break }
            rest = UnsafeRawBufferPointer(rebasing: rest[written...])
        }
        if let modes = restorer.pointee.modes { tcsetattr(0, TCSANOW, modes) }
    }
}

/// The private modes in which a terminal reports presses, releases, drags and the wheel (1002), in digits rather than
/// bytes, so that no column is too far right (1006). Terminals without them ignore them.
enum MouseReports {
    static let on = "\u{1B}[?1002h\u{1B}[?1006h"
    static let off = "\u{1B}[?1006l\u{1B}[?1002l"
}

/// The private mode in which a terminal marks where a paste begins and ends. Terminals without it ignore it.
enum BracketedPaste {
    static let on = "\u{1B}[?2004h"
    static let off = "\u{1B}[?2004l"
}
