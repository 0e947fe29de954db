/// Exact colours for a terminal that shows every red, green and blue although its terminfo entry knows 256 colours:
/// most terminals say so in `COLORTERM`, which ncurses does not look at.
///
/// ncurses is given a number of the palette for each colour, and what it sends for that number is rewritten. The
/// sixteen system colours stay as they are: the user chose them.
package struct ExactColors: Sendable {
    /// The first number that stands for an exact colour.
    private static let first = 16
    private var numbers: [RGB: Int] = [:]
    /// The sequences that set each colour's red, green and blue, from number `first` on: `2;68;1;84`.
    private var sequences: [[UInt8]] = []

    /// Creates a table without colours.
    package init() {}

    /// The number that stands for a colour, −1 for the terminal's own. Where no number is left it is the nearest of the
    /// eight ANSI colours.
    package mutating func number(of color: Color) -> Int32 {
        if case .indexed(let index) = color, index < ExactColors.first { return Int32(index) }
        guard let rgb = RGB(color) else { return -1 }
        if let known = numbers[rgb] { return Int32(known) }
        let next = ExactColors.first + sequences.count
        guard next < 256 else { return Int32(Palette.nearestOfEight(color)) }
        numbers[rgb] = next
        sequences.append(Array("2;\(rgb.red);\(rgb.green);\(rgb.blue)".utf8))
        return Int32(next)
    }

    /// What ncurses sends, with exact colours in place of the numbers that stand for them: of `ESC [ 38 ; 5 ; n m` and
    /// `ESC [ 48 ; 5 ; n m` what stands behind the first semicolon.
    package func rewritten(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var result: [UInt8] = []
        var copied = bytes.startIndex
        var place = bytes.startIndex
        while let escape = bytes[place...].firstIndex(of: 0x1B) {
            place = escape + 1
            let head = bytes[escape...].prefix(ExactColors.head)
            guard head.elementsEqual("\u{1B}[38;5;".utf8) || head.elementsEqual("\u{1B}[48;5;".utf8) else {
                continue
            }
            let start = head.endIndex
            let digits = bytes[start...].prefix(3).prefix { (0x30...0x39).contains($0) }
            let number = digits.reduce(0) { $0 * 10 + Int($1) - 0x30 } - ExactColors.first
            guard sequences.indices.contains(number), bytes[digits.endIndex...].first == 0x6D else {
                continue
            }
            result += bytes[copied..<(start - 2)] + sequences[number]
            copied = digits.endIndex
            place = copied
        }
        return copied == bytes.startIndex ? bytes : (result + bytes[copied...])[...]
    }

    /// Bytes of `ESC [ 38 ; 5 ;`.
    private static let head = 7
}
