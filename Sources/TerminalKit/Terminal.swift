import CNcurses
import CSignals
import Dispatch
import Foundation
import Synchronization

/// The terminal that the process runs in, drawn on through ncurses.
///
/// Open it once, draw frames, take the events that it delivers, and `close` it:
///
///     let terminal = try Terminal { event in inbox.post(event) }
///     defer { terminal.close() }
///     terminal.draw(view(state, terminal.size))
///
/// A terminal may be used from any thread: ncurses' globals are behind a lock. One thread reads keys and signals; it
/// sleeps while there are none.
///
/// The terminal is given back on `close`, when the process exits without it, and when a signal kills the process.
/// Ctrl-Z and SIGTSTP give it back, stop the process, and draw the last frame again when it continues; they are
/// no events. In the background, after `&` or `bg`, the process stops until the shell brings it to the foreground.
/// SIGTERM, SIGHUP and SIGINT arrive as `.hangUp`, after which `endAsAsked` ends the process by them; a second such
/// signal ends the process at once.
public final class Terminal: Sendable {
    /// The colours the terminal has and the user wants (`NO_COLOR`).
    public let colorDepth: ColorDepth
    /// The characters the locale can show and the user wants (`FATHOM_ASCII`).
    public let glyphs: GlyphSet

    private static let isOpen = Atomic<Bool>(false)
    /// Gives the terminal back when the process exits; registered once, however often a terminal is opened.
    private static let restoreAtExit: Void = { _ = atexit { TerminalRestorer.restore() } }()

    private let screen: Mutex<CursesScreen?>
    private let deliver: @Sendable (TerminalEvent) -> Void
    private let wake: WakePipe
    private let hasEnded = DispatchSemaphore(value: 0)
    /// Whether something else draws on the terminal.
    private let isLent = Atomic<Bool>(false)
    private let hasPaused = DispatchSemaphore(value: 0)

    /// Checks that a screen could be opened, as far as that can be told without touching the terminal. For those who
    /// have long work to do before they open it.
    ///
    /// - Throws: `TerminalError` saying why not.
    public static func check() throws(TerminalError) {
        _ = try settings()
    }

    /// Takes over the terminal that the process runs in. A process in the background is stopped until it is in the
    /// foreground.
    ///
    /// - Parameters:
    ///   - reportsMouse: whether the mouse is the program's; else the terminal keeps it to itself.
    ///   - deliver: is told of keys, pastes, the mouse and resizes as they happen, on a thread of the terminal's, one
    ///     after the other; not after `close`.
    /// - Throws: `TerminalError` where input or output is no terminal or cannot draw a screen. Nothing has changed
    ///   then.
    public init(reportsMouse: Bool = false, deliver: @escaping @Sendable (TerminalEvent) -> Void)
        throws(TerminalError)
    {
        self.deliver = deliver
        let settings = try Self.settings()
        guard !Self.isOpen.exchange(true, ordering: .acquiringAndReleasing) else { throw .alreadyOpen }
        do throws(TerminalError) {
            try Foreground.wait()
            let modes = TerminalRestorer.savedModes()
            wake = try WakePipe()
            // Before ncurses, which installs its own handlers where there are none.
            SignalTrap.install(writingTo: wake.writeEnd)
            let opened: CursesScreen
            do throws(TerminalError) {
                opened = try CursesScreen.open(settings, reportsMouse: reportsMouse)
            } catch {
                SignalTrap.uninstall()
                wake.close()
                throw error
            }
            TerminalRestorer.arm(modes)
            colorDepth = opened.colorDepth
            glyphs = opened.glyphs
            screen = Mutex(opened)
        } catch {
            Self.isOpen.store(false, ordering: .releasing)
            throw error
        }
        _ = Self.restoreAtExit
        Thread.detachNewThread { [self] in
            SignalTrap.unblockOnThisThread()
            var loop = InputLoop(keyboard: 0, wake: wake, handle: handle)
            loop.run()
            hasEnded.signal()
        }
    }

    /// The screen's size in cells; zero once the terminal is closed.
    public var size: Size {
        screen.withLock { $0?.size ?? Size(columns: 0, rows: 0) }
    }

    /// Shows a frame. Only what differs from the last frame is sent. Does nothing once the terminal is closed, or while
    /// another job has it.
    public func draw(_ frame: Frame) {
        screen.withLock { if Foreground.isOurs { $0?.draw(frame) } }
    }

    /// Draws every cell of the last frame again, whatever is believed to be on the screen: other programs may have
    /// written there, or the line lost bytes. Does nothing once the terminal is closed, or while another job has it.
    public func redraw() {
        screen.withLock { if Foreground.isOurs { $0?.redraw() } }
    }

    /// Asks the terminal to put a text on its user's clipboard (OSC 52 of xterm's control sequences). Terminals may
    /// refuse, and say nothing of it.
    public func copy(_ text: String) {
        screen.withLock { if Foreground.isOurs { $0?.send(Clipboard.sequence(for: text)) } }
    }

    /// Has the terminal report what is done with the mouse, or keep the mouse to itself. Does nothing once the terminal
    /// is closed.
    public func setMouse(_ isOn: Bool) {
        screen.withLock { if Foreground.isOurs { $0?.setMouse(isOn) } }
    }

    /// Lends the terminal to something that draws on it itself, such as an editor, and takes it back when that is done.
    /// Until then nothing is drawn, no key is read, and SIGINT, which its keys may send, is ignored. Not for the thread
    /// that events are delivered on.
    ///
    /// - Returns: what `body` returns.
    public func lend<Result>(to body: () -> Result) -> Result {
        wake.send(WakePipe.pause)
        hasPaused.wait()
        screen.withLock { screen in
            screen?.leave()
            isLent.store(true, ordering: .releasing)
        }
        var action = sigaction()
        sigaction(SIGINT, nil, &action)
        fathom_ignore_signal(SIGINT)
        let result = body()
        sigaction(SIGINT, &action, nil)
        let event = screen.withLock { screen in
            isLent.store(false, ordering: .releasing)
            return Self.resume(&screen)
        }
        wake.send(WakePipe.goOn)
        announce(event)
        return result
    }

    /// Ends the process by the signal that asked it to end, as its parent expects, once all is kept and the terminal is
    /// given back; returns where no signal did.
    public static func endAsAsked() {
        SignalTrap.endAsAsked()
    }

    /// Gives the terminal back. No more events are delivered; further calls do nothing.
    public func close() {
        let wasOpen = screen.withLock { screen in
            guard let open = screen.take() else { return false }
            open.close()
            return true
        }
        guard wasOpen else { return }
        TerminalRestorer.disarm()
        wake.send(WakePipe.end)
        hasEnded.wait()
        SignalTrap.uninstall()
        wake.close()
        Self.isOpen.store(false, ordering: .releasing)
    }

    private static func settings() throws(TerminalError) -> TerminalSettings {
        guard isatty(0) == 1, isatty(1) == 1 else { throw .notATerminal }
        return try TerminalSettings { name in getenv(name).map { String(cString: $0) } }
    }

    /// Does what the thread that reads the terminal asks for.
    private func handle(_ request: InputLoop.Request) {
        switch request {
        case .deliver(let event):
            deliver(event)
        case .paused:
            hasPaused.signal()
        case .suspend where isLent.load(ordering: .acquiring):
            SignalTrap.stopProcess(wholeJob: false)
        case .resize where isLent.load(ordering: .acquiring), .resume where isLent.load(ordering: .acquiring):
            break
        case .resize:
            announce(screen.withLock { $0?.resize() }.map(TerminalEvent.resize))
        case .resume:
            announce(screen.withLock { Self.resume(&$0) })
        case .suspend(let wholeJob):
            announce(
                screen.withLock { screen in
                    // Nobody draws meanwhile: the lock is held. The shell takes the terminal over as soon as a
                    // process of the job stops, so leaving it comes first.
                    screen?.leave()
                    SignalTrap.stopProcess(wholeJob: wholeJob)
                    return Self.resume(&screen)
                })
        }
    }

    /// Takes the terminal back after the process was stopped, once its job is in the foreground, and returns what the
    /// reader of the events is to know.
    private static func resume(_ screen: inout CursesScreen?) -> TerminalEvent? {
        do throws(TerminalError) {
            try Foreground.wait()
        } catch {
            return .hangUp
        }
        return (screen?.resume()).map(TerminalEvent.resize)
    }

    private func announce(_ event: TerminalEvent?) {
        if let event { deliver(event) }
    }
}
