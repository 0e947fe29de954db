/// Cuts text as Llama 3 and Qwen 2 do, by the pattern
///
///     (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*
///     |\s*[\r\n]+|\s+(?!\S)|\s+
///
/// where Llama 3 keeps up to three number characters together and Qwen 2 none: rules that GGUF calls `llama-bpe` and
/// `qwen2`. It is scanned by hand in one pass, so that no text can make it slow.
struct Llama3Words {
    private var scanner: ScalarScanner
    private let digits: Int

    /// Starts at the front of `text`, which must be valid UTF-8; `digits` is how many number characters stay together.
    init(_ text: ArraySlice<UInt8>, digits: Int) {
        scanner = ScalarScanner(text) { ScalarClass(inPattern: $0) }
        self.digits = digits
    }

    /// The next word; nil at the end. The words, put together, are the text.
    mutating func next() -> ArraySlice<UInt8>? {
        guard let first = scanner.next else { return nil }
        let start = scanner.position
        scanner.position = first.end
        switch first.kind {
        case .letter:
            scanner.skip(.letter)
        case .number:
            skipDigits()
        case .other:
            skipOther(from: start)
        case .whitespace:
            skipWhitespace(from: start)
        }
        return scanner.text[start..<scanner.position]
    }

    private mutating func skipDigits() {
        var count = 1
        while count < digits, let next = scanner.next, next.kind == .number {
            scanner.position = next.end
            count += 1
        }
    }

    /// Goes on from a character that is no letter, no number and no white space: one belongs to the letters after it,
    /// several to the line breaks.
    private mutating func skipOther(from start: Int) {
        if let end = Contraction.end(in: scanner.text, at: start, ignoringCase: true) {
            scanner.position = end
        } else if scanner.next?.kind == .letter {
            scanner.skip(.letter)
        } else {
            scanner.skip(.other)
            scanner.skipLineBreaks()
        }
    }

    /// Goes on from white space, the first of which ends at `position`: one that is no line break belongs to the
    /// letters after it, a space also to other characters; line breaks take the white space in front of them.
    private mutating func skipWhitespace(from start: Int) {
        let beginsWithBreak = scanner.isLineBreak(at: start)
        if let next = scanner.next, !beginsWithBreak {
            if next.kind == .letter { return scanner.skip(.letter) }
            if next.kind == .other, scanner.text[start] == UInt8(ascii: " ") {
                scanner.skip(.other)
                return scanner.skipLineBreaks()
            }
        }
        var last = start
        var endOfBreaks = beginsWithBreak ? scanner.position : nil
        while let next = scanner.next, next.kind == .whitespace {
            last = scanner.position
            scanner.position = next.end
            if scanner.isLineBreak(at: last) { endOfBreaks = next.end }
        }
        if let endOfBreaks {
            scanner.position = endOfBreaks
        } else if last > start, scanner.next != nil {
            scanner.position = last
        }
    }
}
