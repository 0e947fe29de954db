/// Goes through UTF-8 text scalar by scalar and tells each one's class.
struct ScalarScanner {
    /// The text, valid UTF-8.
    let text: ArraySlice<UInt8>
    /// Where the next scalar starts.
    var position: Int
    /// Tells the class of a scalar.
    private let classify: @Sendable (Unicode.Scalar) -> ScalarClass

    /// Starts at the front of `text`.
    init(_ text: ArraySlice<UInt8>, classify: @escaping @Sendable (Unicode.Scalar) -> ScalarClass) {
        self.text = text
        position = text.startIndex
        self.classify = classify
    }

    /// The class of the scalar that starts at an offset, and where it ends; nil at the end of the text.
    func scalar(at offset: Int) -> (kind: ScalarClass, end: Int)? {
        guard offset < text.endIndex else { return nil }
        let first = text[offset]
        if first < 0x80 { return (ScalarClass(ascii: first), offset + 1) }
        var decoder = UTF8()
        var bytes = text[offset...].makeIterator()
        guard case .scalarValue(let scalar) = decoder.decode(&bytes) else { return nil }
        return (classify(scalar), offset + UTF8.width(scalar))
    }

    /// The class of the next scalar, and where it ends; nil at the end of the text.
    var next: (kind: ScalarClass, end: Int)? {
        scalar(at: position)
    }

    /// Goes past all scalars of one class that follow.
    mutating func skip(_ kind: ScalarClass) {
        while let next, next.kind == kind { position = next.end }
    }

    /// Goes past all line breaks that follow.
    mutating func skipLineBreaks() {
        while isLineBreak(at: position) { position += 1 }
    }

    /// Whether a carriage return or a line feed stands at an offset.
    func isLineBreak(at offset: Int) -> Bool {
        offset < text.endIndex && [0x0A, 0x0D].contains(text[offset])
    }
}
