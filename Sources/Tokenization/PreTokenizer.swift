/// Cuts text into the words inside which bytes are merged, by the rule that GGUF calls `smollm`.
///
/// The rule is Hugging Face's `Sequence[Digits(individual_digits), ByteLevel]`: first every number character
/// is set apart, then what lies between is cut by the pattern of GPT-2,
///
///     's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
///
/// which this scans by hand in one pass, so that no text can make it slow.
struct PreTokenizer {
    /// The name of the rule in model files.
    static let name = "smollm"

    /// What makes a word of its own after an apostrophe.
    private static let contractions = ["s", "t", "re", "ve", "m", "ll", "d"]

    private let text: ArraySlice<UInt8>
    private var position: Int

    /// Starts at the front of `text`, which must be valid UTF-8.
    init(_ text: ArraySlice<UInt8>) {
        self.text = text
        position = text.startIndex
    }

    /// The next word; nil at the end. The words, put together, are the text.
    mutating func next() -> ArraySlice<UInt8>? {
        guard let first = scalar(at: position) else { return nil }
        let start = position
        position = first.end
        switch first.kind {
        case .number:
            break
        case .letter:
            skip(.letter)
        case .other:
            if let end = endOfContraction(at: start) { position = end } else { skip(.other) }
        case .whitespace:
            skipWhitespace(from: start)
        }
        return text[start..<position]
    }

    /// Goes on from whitespace: a space belongs to the word after it, other whitespace stands by itself.
    private mutating func skipWhitespace(from start: Int) {
        var last = start
        while let next = scalar(at: position), next.kind == .whitespace {
            last = position
            position = next.end
        }
        // A number is set apart before the pattern is applied, so to the pattern the text ends there.
        guard let next = scalar(at: position), next.kind != .number else { return }
        if last > start {
            position = last
        } else if text[start] == UInt8(ascii: " ") {
            position = next.end
            skip(next.kind)
        }
    }

    /// Goes past all scalars of one class that follow.
    private mutating func skip(_ kind: ScalarClass) {
        while let next = scalar(at: position), next.kind == kind {
            position = next.end
        }
    }

    /// Where an English contraction that starts here ends; nil if there is none.
    private func endOfContraction(at start: Int) -> Int? {
        guard text[start] == UInt8(ascii: "'") else { return nil }
        let tail = text[(start + 1)...]
        let ending = PreTokenizer.contractions.first { tail.starts(with: $0.utf8) }
        return ending.map { start + 1 + $0.utf8.count }
    }

    /// The class of the scalar that starts at an offset, and where it ends; nil at the end of the text.
    private func scalar(at offset: Int) -> (kind: ScalarClass, end: Int)? {
        guard offset < text.endIndex else { return nil }
        var decoder = UTF8()
        var bytes = text[offset...].makeIterator()
        guard case .scalarValue(let scalar) = decoder.decode(&bytes) else { return nil }
        return (ScalarClass(scalar), offset + UTF8.width(scalar))
    }
}
