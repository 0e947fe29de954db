import ArgumentParser
import CSignals
import Foundation
import GGUF
import Synchronization
import TerminalKit

/// What happens when a signal ends the program: the terminal is given back (`Terminal`), and of a crash three lines on
/// standard error say what it was, what is kept, and where a report lies. Then the signal takes its course.
///
/// The handler touches only atomics and memory made ready before, and calls only async-signal-safe functions, besides
/// those that find out where a thread is, which have a time limit.
enum Crashes {
    /// Signals that a fault of the program's own raises.
    private static let signals: KeyValuePairs<Int32, String> = [
        SIGILL: "an instruction that must not be reached (SIGILL)", SIGTRAP: "a failed check (SIGTRAP)",
        SIGABRT: "a failed check (SIGABRT)", SIGBUS: "a bad memory access (SIGBUS)",
        SIGFPE: "a bad division (SIGFPE)", SIGSEGV: "a bad memory access (SIGSEGV)",
    ]

    /// What the handler is to write; complete before it is stored, and neither changed nor freed afterwards.
    private struct Words {
        /// [number of a signal]: the first line, which the report begins with, too.
        let what: UnsafeMutablePointer<UnsafeRawBufferPointer>
        /// The second line: what is not lost.
        let kept: UnsafeRawBufferPointer
        /// The third line where there is a report, and where there is none.
        let reported: UnsafeRawBufferPointer
        let unreported: UnsafeRawBufferPointer
        /// Where the report goes, and the folder of that; nil where the user has no home.
        let path: UnsafeMutablePointer<CChar>?
        let folder: UnsafeMutablePointer<CChar>?
    }

    nonisolated(unsafe) private static let words = Atomic<UnsafeMutablePointer<Words>?>(nil)
    private static let isEnding = Atomic<Bool>(false)

    /// Makes signals end the program as they end any other, and crashes be told of.
    ///
    /// Swift's runtime otherwise takes Ctrl-\ for a crash, and at a crash asks the terminal for half a minute what to
    /// do. Who wants its report asks for it with $SWIFT_BACKTRACE.
    static func endAtOnce() {
        guard getenv("SWIFT_BACKTRACE") == nil else { return }
        fathom_use_signal_stack()
        fathom_prepare_backtrace()
        findWords()
        for number in [SIGQUIT] + signals.map(\.key) {
            var action = sigaction()
            sigaction(number, nil, &action)
            guard !fathom_is_ignored(&action) else { continue }
            if number == SIGQUIT {
                fathom_default_signal(number)
            } else {
                fathom_handle_signal(number, handle)
            }
        }
    }

    /// Says in one line that a model's file was shortened while it was read.
    static func explainTruncation() {
        TruncationTrap.endProcess(status: Failure.Kind.model.rawValue) { path in
            let name = TextSanitizer.sanitized(path, keepingNewlines: false)
            return
                "fathom: \(name) was cut short while it was read. Put the whole file back, then start again."
        }
    }

    private static func findWords() {
        let folder = UserFolders.state
        let path = folder.map { $0 + "/crash.txt" }
        let what = UnsafeMutablePointer<UnsafeRawBufferPointer>.allocate(capacity: 32)
        what.initialize(repeating: UnsafeRawBufferPointer(start: nil, count: 0), count: 32)
        for (number, words) in signals {
            what[Int(number)] = bytes(
                "fathom \(Fathom.configuration.version) crashed: \(words). That is a fault of its own.\n")
        }
        let place = path.map { TextSanitizer.sanitized($0, keepingNewlines: false) } ?? ""
        let pointer = UnsafeMutablePointer<Words>.allocate(capacity: 1)
        pointer.initialize(
            to: Words(
                what: what,
                kept: bytes(
                    "What it had finished is kept: conversations up to the last reply that ended, whole files.\n"
                ),
                reported: bytes("Where it was, and nothing of what was said, is in \(place) for a report.\n"),
                unreported: bytes("Where it was could not be written down.\n"),
                path: path.flatMap { strdup($0) }, folder: folder.flatMap { strdup($0) }))
        self.words.store(pointer, ordering: .releasing)
    }

    private static func bytes(_ text: String) -> UnsafeRawBufferPointer {
        let bytes = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: text.utf8.count)
        _ = bytes.initialize(from: text.utf8)
        return UnsafeRawBufferPointer(bytes)
    }

    private static let handle: fathom_signal_handler = { number, origin, _ in
        if isEnding.exchange(true, ordering: .acquiringAndReleasing) {
            // Another thread crashed before this one, and ends the process.
            while true { pause() }
        }
        // Whatever hangs below, the process ends.
        fathom_default_signal(SIGALRM)
        alarm(5)
        if let words = words.load(ordering: .acquiring) { tell(of: number, words.pointee) }
        fathom_default_signal(number)
        // The instruction at fault is run again after this. A signal that was sent is blocked until then.
        if let origin, fathom_is_fault(origin) { return }
        raise(number)
    }

    /// Writes the report, then the three lines.
    private static func tell(of number: Int32, _ words: Words) {
        let what = words.what[Int(number)]
        var isReported = false
        if let folder = words.folder, let path = words.path {
            mkdir(folder, 0o700)
            let report = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0o600)
            if report >= 0 {
                isReported = write(report, what.baseAddress, what.count) == what.count
                fathom_write_backtrace(report)
                close(report)
            }
        }
        _ = write(STDERR_FILENO, what.baseAddress, what.count)
        _ = write(STDERR_FILENO, words.kept.baseAddress, words.kept.count)
        let last = isReported ? words.reported : words.unreported
        _ = write(STDERR_FILENO, last.baseAddress, last.count)
    }
}
