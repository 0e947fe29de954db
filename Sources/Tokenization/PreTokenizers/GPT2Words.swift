/// Cuts text as GPT-2 does, by the pattern
///
///     's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
///
/// which this scans by hand in one pass, so that no text can make it slow.
///
/// With `numbersApart` it is the rule that GGUF calls `smollm`, Hugging Face's
/// `Sequence[Digits(individual_digits), ByteLevel]`: every number character is set apart first, then what lies between
/// is cut by the pattern.
struct GPT2Words {
    private var scanner: ScalarScanner
    private let numbersApart: Bool

    /// Starts at the front of `text`, which must be valid UTF-8.
    init(_ text: ArraySlice<UInt8>, numbersApart: Bool) {
        scanner = ScalarScanner(text) { numbersApart ? ScalarClass($0) : ScalarClass(inPattern: $0) }
        self.numbersApart = numbersApart
    }

    /// The next word; nil at the end. The words, put together, are the text.
    mutating func next() -> ArraySlice<UInt8>? {
        guard let first = scanner.next else { return nil }
        let start = scanner.position
        scanner.position = first.end
        switch first.kind {
        case .number:
            if !numbersApart { scanner.skip(.number) }
        case .letter:
            scanner.skip(.letter)
        case .other:
            if let end = Contraction.end(in: scanner.text, at: start, ignoringCase: false) {
                scanner.position = end
            } else {
                scanner.skip(.other)
            }
        case .whitespace:
            skipWhitespace(from: start)
        }
        return scanner.text[start..<scanner.position]
    }

    /// Goes on from whitespace: a space belongs to the word after it, other whitespace stands by itself.
    private mutating func skipWhitespace(from start: Int) {
        var last = start
        while let next = scanner.next, next.kind == .whitespace {
            last = scanner.position
            scanner.position = next.end
        }
        // A number that is set apart before the pattern is applied is, to the pattern, the end of the text.
        guard let next = scanner.next, !(numbersApart && next.kind == .number) else { return }
        if last > start {
            scanner.position = last
        } else if scanner.text[start] == UInt8(ascii: " ") {
            scanner.position = next.end
            scanner.skip(next.kind)
        }
    }
}
