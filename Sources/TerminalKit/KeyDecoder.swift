/// Turns the bytes a terminal sends into keys and pastes: a state machine that knows no terminal.
///
/// fathom decodes the bytes itself instead of through ncurses, because terminfo lacks what it needs (Ctrl and Shift
/// with arrows and Enter, bracketed paste) and ncurses would swallow what it does not know. All common dialects are
/// understood at once (xterm, tmux, screen, rxvt, the Linux console, `CSI u` and modifyOtherKeys), whatever `TERM`
/// claims: their sequences do not contradict each other.
///
/// Only what a person typed or pasted becomes text. A terminal's answers (but for that about its background), and
/// reports of the mouse that are not of the kind asked for (SGR), are dropped whole, however long a slow line lets them
/// wait, and lines that come at once, faster than anybody types, are a paste, though the terminal did not say so.
///
/// Feed it with `decode`, a read at a time; when nothing has come for `patience`, call `timeOut`, which tells a lone
/// Escape from the start of a sequence.
package struct KeyDecoder {
    private enum State {
        case ground
        /// After an Escape. `isDouble` after two, which is how rxvt says Alt with an arrow.
        case escape(isDouble: Bool)
        /// In a control sequence, `CSI` (`ESC [`) or `SS3` (`ESC O`), with its parameters so far.
        case sequence(KeySequence, alt: Bool)
        /// In an operating system command, a device control string, an application program command, a privacy message
        /// or a start of string (`ESC ]`, `ESC P`, `ESC _`, `ESC ^`, `ESC X`): a terminal's answer.
        case string(ControlString)
        /// In a mouse report of the X10 kind, `CSI M` and so many bytes more.
        case mouse(left: Int)
        /// In a bracketed paste. `isStalled` where its end was long in coming and what there was has been told.
        case paste(PasteBuffer, isStalled: Bool)
        /// In plain text with line ends that came in one read; what follows at once belongs to it.
        case burst([UInt8])
    }

    private var state = State.ground
    /// Whether a sequence or a string has been waited for in vain once; its rest is not typed, if it comes after all.
    private var isStalled = false
    /// Whether this read has the end of a string: what begins or goes on as one in it was not typed.
    private var hasStringEnd = false
    private var text = TypedText()
    private var events: [TerminalEvent] = []

    /// Creates a decoder that waits for a first byte.
    package init() {}

    /// How long to wait for more bytes before `timeOut` is to be called; nil where no sequence has begun.
    package var patience: Duration? {
        switch state {
        case .ground, .paste(_, isStalled: true): nil
        // A slow line may bring a sequence in pieces, and what is left of one would be typed.
        case .escape: .milliseconds(150)
        case .sequence, .mouse, .string: isStalled ? .seconds(5) : .milliseconds(500)
        case .burst: .milliseconds(25)
        case .paste: .seconds(2)
        }
    }

    /// The events that some bytes complete. Bytes of an unfinished character or sequence wait for the next call.
    package mutating func decode(_ bytes: some Collection<UInt8>) -> [TerminalEvent] {
        (isStalled, hasStringEnd) = (false, Self.endsString(bytes))
        switch state {
        case .burst(var gathered) where bytes.allSatisfy(Self.isPlain) || Self.hasLines(bytes):
            state = .ground
            gathered += bytes.prefix(max(PasteBuffer.capacity - gathered.count, 0))
            state = .burst(gathered)
            return takeEvents()
        case .burst(let gathered): resolve(gathered)
        case .ground
        where bytes.count > 1 && bytes.contains(where: Self.endsLine)
            && (bytes.allSatisfy(Self.isPlain) || Self.hasLines(bytes)):
            state = .burst(text.takeBytes() + bytes)
            return takeEvents()
        case .paste(_, isStalled: true) where bytes.count == 1 && bytes.first.map(Self.leavesPaste) == true:
            state = .ground
        default: break
        }
        for byte in bytes { take(byte) }
        if case .paste(var buffer, isStalled: true) = state {
            tell(paste: buffer.takeText())
            state = .paste(buffer, isStalled: true)
        }
        events += text.takeComplete()
        return takeEvents()
    }

    private static func endsLine(_ byte: UInt8) -> Bool { byte == 0x0D || byte == 0x0A }

    /// Whether a byte is of text, a tab or a line end.
    private static func isPlain(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte != 0x7F || byte == 0x09 || endsLine(byte)
    }

    /// Whether bytes have BEL or `ESC \\` after others.
    private static func endsString(_ bytes: some Collection<UInt8>) -> Bool {
        var last: UInt8?
        for byte in bytes {
            if let last, byte == 0x07 || (last == 0x1B && byte == UInt8(ascii: "\\")) { return true }
            last = byte
        }
        return false
    }

    /// Whether bytes have several lines, control sequences and control characters left out, and are no paste that the
    /// terminal tells of.
    private static func hasLines(_ bytes: some Collection<UInt8>) -> Bool {
        var (ends, hasText) = (0, false)
        var rest = Array(bytes)[...]
        while let byte = rest.popFirst() {
            if byte == 0x1B {
                guard !rest.starts(with: Array("[200~".utf8)) else { return false }
                skipSequence(&rest)
            } else if endsLine(byte) {
                ends += 1
            } else if ends > 0, isPlain(byte) {
                hasText = true
            }
        }
        return hasText && ends > 1
    }

    /// Takes away what belongs to the Escape before it.
    private static func skipSequence(_ rest: inout ArraySlice<UInt8>) {
        switch rest.popFirst() {
        case UInt8(ascii: "["):
            while let byte = rest.popFirst(), !(0x40...0x7E).contains(byte) {}
        case UInt8(ascii: "O"): _ = rest.popFirst()
        case UInt8(ascii: "]"), UInt8(ascii: "P"), UInt8(ascii: "_"), UInt8(ascii: "^"), UInt8(ascii: "X"):
            while let byte = rest.popFirst(), byte != 0x07, byte != 0x1B {}
            if rest.first == UInt8(ascii: "\\") { rest.removeFirst() }
        default: break
        }
    }

    /// Whether a byte by itself, Escape or Ctrl-C, ends a paste whose own end got lost.
    private static func leavesPaste(_ byte: UInt8) -> Bool { byte == 0x1B || byte == 0x03 }

    /// Tells text that came at once: a paste, if it goes on after the end of a line, else keys.
    private mutating func resolve(_ gathered: [UInt8]) {
        state = .ground
        guard let end = gathered.firstIndex(where: Self.endsLine),
            !gathered[end...].allSatisfy(Self.endsLine)
        else {
            for byte in gathered { take(byte) }
            return
        }
        var buffer = PasteBuffer()
        for byte in gathered { _ = buffer.take(byte) }
        tell(paste: buffer.text)
    }

    private mutating func tell(paste text: String) {
        if !text.isEmpty { events.append(.paste(text)) }
    }

    /// The events that the bytes so far stand for if no more belong to them.
    package mutating func timeOut() -> [TerminalEvent] {
        switch state {
        case .sequence(let sequence, _) where !sequence.isEmpty && !isStalled: return stall()
        case .string(let string) where !string.isEmpty && !isStalled: return stall()
        case .mouse where !isStalled: return stall()
        case .ground: break
        case .escape(let isDouble):
            emit(.escape, [])
            if isDouble { emit(.escape, []) }
        case .sequence(let sequence, _):
            // `ESC [` and `ESC O` alone are Alt with a letter. Anything longer is noise.
            if sequence.isEmpty { emit(.character(sequence.introducer), .alt) }
        case .string(let string):
            // `ESC ]` alone is Alt with a bracket.
            if string.isEmpty { emit(.character(string.introducer), .alt) }
        case .mouse: break
        case .burst(let gathered):
            resolve(gathered)
            events += text.takeComplete()
        case .paste(var buffer, _):
            // What there is of it is shown, but what comes is still the paste, and no Enter in it sends anything.
            tell(paste: buffer.takeText())
            state = .paste(buffer, isStalled: true)
            return takeEvents()
        }
        state = .ground
        return takeEvents()
    }

    private mutating func stall() -> [TerminalEvent] {
        isStalled = true
        return takeEvents()
    }

    private mutating func takeEvents() -> [TerminalEvent] {
        defer { events = [] }
        return events
    }

    private mutating func emit(_ key: Key, _ modifiers: Modifiers) {
        events.append(.key(key, modifiers))
    }

    private mutating func take(_ byte: UInt8) {
        switch state {
        case .ground:
            takeGround(byte, [])
        case .escape(let isDouble):
            takeEscaped(byte, isDouble: isDouble)
        case .sequence(var sequence, let alt):
            switch sequence.take(byte) {
            case .continues:
                state = .sequence(sequence, alt: alt)
            case .broken:
                state = .ground
                takeGround(byte, [])
            case .ends:
                state = .ground
                finish(sequence, alt: alt)
            }
        case .string(var string):
            switch string.take(byte, isEnded: hasStringEnd) {
            case .continues: state = .string(string)
            case .ends:
                state = .ground
                if let isLight = string.hasLightBackground { events.append(.background(isLight: isLight)) }
            case .isKey:
                state = .ground
                emit(.character(string.introducer), .alt)
                take(byte)
            case .broken(let isEscaped):
                state = isEscaped ? .escape(isDouble: false) : .ground
                take(byte)
            }
        case .mouse(let left):
            state = left > 1 ? .mouse(left: left - 1) : .ground
        case .burst(let gathered):
            resolve(gathered)
            take(byte)
        case .paste(var buffer, let isStalled):
            // The buffer must have one owner, or appending to it would copy it.
            state = .ground
            if !buffer.take(byte) {
                state = .paste(buffer, isStalled: isStalled)
            } else if isStalled {
                tell(paste: buffer.text)
            } else {
                events.append(.paste(buffer.text))
            }
        }
    }

    private mutating func takeGround(_ byte: UInt8, _ modifiers: Modifiers) {
        if byte == 0x1B {
            events += text.takeAll()
            state = .escape(isDouble: false)
        } else if let (key, control) = ControlKeys.key(for: byte) {
            events += text.takeAll()
            emit(key, control.union(modifiers))
        } else {
            events += text.add(byte, modifiers)
        }
    }

    private mutating func takeEscaped(_ byte: UInt8, isDouble: Bool) {
        state = .ground
        switch byte {
        case 0x1B:
            if isDouble { emit(.escape, []) }
            state = .escape(isDouble: true)
        case UInt8(ascii: "["): state = .sequence(KeySequence(introducer: "["), alt: isDouble)
        case UInt8(ascii: "O"): state = .sequence(KeySequence(introducer: "O"), alt: isDouble)
        case UInt8(ascii: "]"), UInt8(ascii: "P"), UInt8(ascii: "_"), UInt8(ascii: "^"), UInt8(ascii: "X"):
            if isDouble { emit(.escape, []) }
            state = .string(ControlString(introducer: Character(Unicode.Scalar(byte))))
        default:
            if isDouble { emit(.escape, []) }
            takeGround(byte, .alt)
        }
    }

    private mutating func finish(_ sequence: KeySequence, alt: Bool) {
        if sequence.startsPaste {
            state = .paste(PasteBuffer(), isStalled: false)
        } else if sequence.startsMouseReport {
            state = .mouse(left: 3)
        } else if let mouse = sequence.mouse {
            events.append(.mouse(mouse))
        } else if let (key, modifiers) = sequence.key {
            emit(key, alt ? modifiers.union(.alt) : modifiers)
        }
    }
}
