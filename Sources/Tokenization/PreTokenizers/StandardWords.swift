/// Cuts text by the rule that GGUF calls `default`, which llama.cpp applies to files that were made before they named
/// one: four patterns, each of which cuts what those before it left,
///
///     [\p{P}\$\+<=>\^~\|]+    the pattern of GPT-2    \p{N}+    [0-9][0-9][0-9]
struct StandardWords {
    private let text: ArraySlice<UInt8>

    /// Takes a text, which must be valid UTF-8.
    init(_ text: ArraySlice<UInt8>) {
        self.text = text
    }

    /// Hands out the words one after the other; put together, they are the text.
    func forEach(_ body: (ArraySlice<UInt8>) -> Void) {
        var start = text.startIndex
        var position = start
        var inPunctuation = false
        while position < text.endIndex {
            let (isPunctuation, end) = punctuation(at: position)
            if isPunctuation != inPunctuation {
                cut(text[start..<position], isPunctuation: inPunctuation, body)
                (start, inPunctuation) = (position, isPunctuation)
            }
            position = end
        }
        cut(text[start...], isPunctuation: inPunctuation, body)
    }

    /// Cuts a stretch that is all, or has no, punctuation.
    private func cut(
        _ stretch: ArraySlice<UInt8>, isPunctuation: Bool, _ body: (ArraySlice<UInt8>) -> Void
    ) {
        guard !stretch.isEmpty else { return }
        guard !isPunctuation else { return body(stretch) }
        var words = GPT2Words(stretch, numbersApart: false)
        while let word = words.next() {
            let space = word.first == UInt8(ascii: " ") ? 1 : 0
            let scanner = ScalarScanner(word.dropFirst(space)) { ScalarClass(inPattern: $0) }
            guard scanner.next?.kind == .number else {
                body(word)
                continue
            }
            if space > 0 { body(word.prefix(space)) }
            cutDigits(word.dropFirst(space), body)
        }
    }

    /// Cuts number characters: any three digits in a row are a word.
    private func cutDigits(_ numbers: ArraySlice<UInt8>, _ body: (ArraySlice<UInt8>) -> Void) {
        var start = numbers.startIndex
        var position = start
        while position + 3 <= numbers.endIndex {
            let three = numbers[position..<position + 3]
            guard three.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
                position += 1
                continue
            }
            if start < position { body(numbers[start..<position]) }
            body(three)
            position += 3
            start = position
        }
        if start < numbers.endIndex { body(numbers[start...]) }
    }

    /// Whether a character of the first pattern stands at an offset, and where what stands there ends.
    private func punctuation(at offset: Int) -> (Bool, end: Int) {
        var decoder = UTF8()
        var bytes = text[offset...].makeIterator()
        guard case .scalarValue(let scalar) = decoder.decode(&bytes) else { return (false, text.endIndex) }
        let end = offset + UTF8.width(scalar)
        switch scalar {
        case "$", "+", "<", "=", ">", "^", "~", "|": return (true, end)
        default: return (ScalarClass.isPunctuation(scalar), end)
        }
    }
}
