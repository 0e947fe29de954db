/// Turns the bytes a terminal sends into keys and pastes: a state machine that knows no terminal.
///
/// fathom decodes the bytes itself instead of through ncurses, because terminfo lacks what it needs (Ctrl and Shift
/// with arrows and Enter, bracketed paste) and ncurses would swallow what it does not know. All common dialects are
/// understood at once (xterm, tmux, screen, rxvt, the Linux console, `CSI u` and modifyOtherKeys), whatever `TERM`
/// claims: their sequences do not contradict each other.
///
/// Feed it with `decode`; when nothing has come for `patience`, call `timeOut`, which tells a lone Escape from the
/// start of a sequence.
package struct KeyDecoder {
    private enum State {
        case ground
        /// After an Escape. `isDouble` after two, which is how rxvt says Alt with an arrow.
        case escape(isDouble: Bool)
        /// In a control sequence, `CSI` (`ESC [`) or `SS3` (`ESC O`), with its parameters so far.
        case sequence(KeySequence, alt: Bool)
        case paste(PasteBuffer)
    }

    private var state = State.ground
    private var text = TypedText()
    private var events: [TerminalEvent] = []

    /// Creates a decoder that waits for a first byte.
    package init() {}

    /// How long to wait for more bytes before `timeOut` is to be called; nil where no sequence has begun.
    package var patience: Duration? {
        switch state {
        case .ground: nil
        case .escape, .sequence: .milliseconds(25)
        // A paste whose end got lost would otherwise swallow every key to come.
        case .paste: .seconds(2)
        }
    }

    /// The events that some bytes complete. Bytes of an unfinished character or sequence wait for the next call.
    package mutating func decode(_ bytes: some Sequence<UInt8>) -> [TerminalEvent] {
        for byte in bytes { take(byte) }
        events += text.takeComplete()
        return takeEvents()
    }

    /// The events that the bytes so far stand for if no more belong to them.
    package mutating func timeOut() -> [TerminalEvent] {
        switch state {
        case .ground: break
        case .escape(let isDouble):
            emit(.escape, [])
            if isDouble { emit(.escape, []) }
        case .sequence(let sequence, _):
            // `ESC [` and `ESC O` alone are Alt with a letter. Anything longer is noise.
            if sequence.isEmpty { emit(.character(sequence.introducer), .alt) }
        case .paste(let buffer):
            events.append(.paste(buffer.text))
        }
        state = .ground
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
        case .paste(var buffer):
            // The buffer must have one owner, or appending to it would copy it.
            state = .ground
            if buffer.take(byte) {
                events.append(.paste(buffer.text))
            } else {
                state = .paste(buffer)
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
        default:
            if isDouble { emit(.escape, []) }
            takeGround(byte, .alt)
        }
    }

    private mutating func finish(_ sequence: KeySequence, alt: Bool) {
        if sequence.startsPaste {
            state = .paste(PasteBuffer())
        } else if let (key, modifiers) = sequence.key {
            emit(key, alt ? modifiers.union(.alt) : modifiers)
        }
    }
}
