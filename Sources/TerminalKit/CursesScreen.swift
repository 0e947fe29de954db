import CNcurses
import Foundation

/// The ncurses side of the terminal. ncurses keeps its state in globals, so there is one at a time and `Terminal`
/// lets one thread at a time use it.
struct CursesScreen: ~Copyable {
    let colorDepth: ColorDepth
    let glyphs: GlyphSet
    private(set) var size: Size
    private let screen: OpaquePointer
    private var output: GatheredOutput
    private var cells: CursesCells
    /// What the ncurses window holds; nil where that is not known.
    private var drawn: Frame?
    /// Whether the terminal is to report what is done with the mouse.
    private var reportsMouse = false
    /// Whether `leave` gave the terminal back, and `resume` has not taken it again.
    private var hasLeft = false

    /// Takes the terminal over: alternate screen, raw input, no echo.
    ///
    /// - Throws: `TerminalError` where ncurses cannot use the terminal or the system refuses a file.
    static func open(_ settings: TerminalSettings, reportsMouse: Bool) throws(TerminalError) -> CursesScreen {
        let glyphs = CursesSetup.glyphs(settings)
        // The size the system knows goes before LINES and COLUMNS, which may be left over from another size.
        use_env(true)
        use_tioctl(true)
        let output = try GatheredOutput()
        guard let screen = fathom_new_screen(output.file) else { throw .unknownType(settings.type) }
        guard Capability.sequence("cup") != nil else {
            endwin()
            delscreen(screen)
            throw .tooSimple(settings.type)
        }
        raw()
        noecho()
        nonl()
        keypad(fathom_window(), true)
        var opened = CursesScreen(screen, output, glyphs, settings)
        opened.redraw()
        opened.send(BracketedPaste.on)
        opened.setMouse(reportsMouse)
        // What is asked of a console that does not know the question may be seen on it. One that is to be sent nothing
        // but ASCII is taken for one of those.
        if glyphs == .unicode, !["linux", "vt", "cons", "dumb"].contains(where: settings.type.hasPrefix) {
            opened.send("\u{1B}]11;?\u{1B}\\")
        }
        return opened
    }

    private init(
        _ screen: OpaquePointer, _ output: consuming GatheredOutput, _ glyphs: GlyphSet,
        _ settings: TerminalSettings
    ) {
        let canRewrite = output.canGather
        self.screen = screen
        self.output = output
        self.glyphs = glyphs
        size = Size(columns: Int(getmaxx(fathom_window())), rows: Int(getmaxy(fathom_window())))
        let pairs = CursesSetup.colors(settings, canRewrite: canRewrite)
        colorDepth = pairs.palette.depth
        cells = CursesCells(glyphs: glyphs, pairs: pairs)
    }

    /// Draws a frame, sending only what changed; nothing at all where nothing did. What of the frame is outside the
    /// screen is left out.
    mutating func draw(_ frame: Frame) {
        guard !hasLeft else { return }
        let window = fathom_window()
        if drawn?.size != frame.size {
            werase(window)
            drawn = nil
        }
        var hasChanged = drawn?.cursor != frame.cursor || drawn == nil
        for row in 0..<min(frame.size.rows, size.rows) {
            guard let columns = changedColumns(of: row, in: frame), !columns.isEmpty else { continue }
            let line = cells.line(row, of: frame, columns: columns)
            mvwadd_wchnstr(window, Int32(row), Int32(columns.lowerBound), line, Int32(line.count))
            hasChanged = true
        }
        drawn = frame
        guard hasChanged else { return }
        let size = size
        output.gather(rewriting: cells.exact) {
            Self.place(frame.cursor, on: size)
            wnoutrefresh(window)
            doupdate()
        }
    }

    /// Has the terminal report what is done with the mouse, or keep the mouse to itself.
    mutating func setMouse(_ isOn: Bool) {
        guard isOn != reportsMouse else { return }
        reportsMouse = isOn
        if !hasLeft { send(isOn ? MouseReports.on : MouseReports.off) }
    }

    /// Clears the terminal and sends every cell of the window again.
    mutating func redraw() {
        // Colours and attributes that another program left set; ncurses believes that none are.
        for name in ["sgr0", "op"] {
            if let sequence = Capability.sequence(name) { send(sequence) }
        }
        clearok(fathom_window(), true)
        wnoutrefresh(fathom_window())
        output.gather(rewriting: cells.exact) { doupdate() }
    }

    /// Takes on the terminal's present size and returns it. The next frame is drawn anew.
    mutating func resize() -> Size {
        var columns: Int32 = 0
        var rows: Int32 = 0
        if fathom_window_size(1, &columns, &rows) != 0 {
            resizeterm(rows, columns)
            size = Size(columns: Int(columns), rows: Int(rows))
        }
        drawn = nil
        clearok(fathom_window(), true)
        return size
    }

    /// Takes the terminal back after the process was stopped, shows again what was there, and returns the screen's
    /// size.
    ///
    /// `leave` need not have been called: a stop that cannot be caught leaves no time for it. Whoever had the terminal
    /// meanwhile may have changed its modes and left the screen that programs draw on.
    mutating func resume() -> Size {
        let last = drawn
        if !hasLeft { leave() }
        hasLeft = false
        reset_prog_mode()
        // The first update after `leave` asks for the terminal's modes and size, which the file that gathers a picture
        // has none of.
        doupdate()
        _ = resize()
        if let last { draw(last) }
        // `leave` took it away, and ncurses asks for it again only when it reads a key, which it never does here.
        if let keypad = Capability.sequence("smkx") { send(keypad) }
        send(BracketedPaste.on)
        if reportsMouse { send(MouseReports.on) }
        return size
    }

    /// Gives the terminal back as it was found; `resume` takes it over again. A terminal that another job has is not
    /// this one's to give.
    mutating func leave() {
        guard Foreground.isOurs else { return }
        hasLeft = true
        send(MouseReports.off + BracketedPaste.off)
        endwin()
    }

    /// Gives the terminal back for good.
    consuming func close() {
        if !hasLeft { leave() }
        delscreen(screen)
    }

    /// Sends the terminal a control sequence that ncurses has no function for. Only between two of ncurses' updates,
    /// when it keeps nothing back.
    func send(_ sequence: String) {
        output.send(Array(sequence.utf8))
    }

    /// The columns of a row in which a frame differs from what the ncurses window holds; nil where it does not.
    private func changedColumns(of row: Int, in frame: Frame) -> Range<Int>? {
        let visible = 0..<min(frame.size.columns, size.columns)
        guard let drawn else { return visible }
        return frame.difference(from: drawn, row: row)?.clamped(to: visible)
    }

    private static func place(_ cursor: Point?, on size: Size) {
        guard let cursor, (0..<size.columns).contains(cursor.column), (0..<size.rows).contains(cursor.row)
        else {
            curs_set(0)
            return
        }
        wmove(fathom_window(), Int32(cursor.row), Int32(cursor.column))
        curs_set(1)
    }
}
