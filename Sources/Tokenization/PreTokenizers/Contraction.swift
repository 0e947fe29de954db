/// The English contractions that are words of their own: 's, 't, 're, 've, 'm, 'll and 'd.
enum Contraction {
    private static let endings: [[UInt8]] = ["s", "t", "re", "ve", "m", "ll", "d"].map { Array($0.utf8) }
    /// U+017F, whose capital is S, so that a pattern which ignores case takes it for an s.
    private static let longS: [UInt8] = Array("\u{17F}".utf8)

    /// Where a contraction that starts at an offset of `text` ends; nil if there is none.
    static func end(in text: ArraySlice<UInt8>, at start: Int, ignoringCase: Bool) -> Int? {
        guard text[start] == UInt8(ascii: "'") else { return nil }
        let tail = text[(start + 1)...]
        if let ending = endings.first(where: { isPrefix($0, of: tail, ignoringCase: ignoringCase) }) {
            return start + 1 + ending.count
        }
        return ignoringCase && tail.starts(with: longS) ? start + 1 + longS.count : nil
    }

    private static func isPrefix(
        _ ending: [UInt8], of tail: ArraySlice<UInt8>, ignoringCase: Bool
    ) -> Bool {
        // Of letters and of nothing else that stands here does this bit make the small ones.
        tail.starts(with: ending) { $0 == $1 || ignoringCase && $0 | 0x20 == $1 }
    }
}
