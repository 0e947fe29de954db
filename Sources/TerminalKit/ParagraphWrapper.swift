/// Breaks one paragraph into lines, a character at a time.
struct ParagraphWrapper {
    private let columns: Int
    private var lines: [String] = []
    /// The line so far: whole words and what stands between them.
    private var line = ""
    private var lineWidth = 0
    /// Spaces seen after `line`, kept back until a word follows on the same line.
    private var gap = 0
    /// The word being read, which goes to the next line if it outgrows this one.
    private var word = ""
    private var wordWidth = 0

    init(columns: Int) {
        self.columns = columns
    }

    /// Takes the next character of the paragraph.
    mutating func add(_ character: Character) {
        if character == " " {
            endWord()
            gap += 1
        } else if character == "\t" {
            endWord()
            gap += TextWrap.tabWidth - (lineWidth + gap) % TextWrap.tabWidth
        } else {
            addToWord(character)
        }
    }

    /// The paragraph's lines, once all its characters were taken.
    mutating func finish() -> [String] {
        endWord()
        line += String(repeating: " ", count: max(0, min(gap, columns - lineWidth)))
        lines.append(line)
        return lines
    }

    private mutating func addToWord(_ character: Character) {
        let width = TextMeasure.width(of: character)
        let breaksAnywhere = width == 2
        if breaksAnywhere { endWord() }
        // The word moves to a line of its own; if it is wider than that, it breaks here; and where indentation
        // leaves no room for the first character, the indentation goes.
        if overflows(by: width), lineWidth > 0 { endLine() }
        if overflows(by: width), !word.isEmpty {
            endWord()
            endLine()
        }
        if overflows(by: width) { gap = 0 }
        word.append(character)
        wordWidth += width
        if breaksAnywhere { endWord() }
    }

    private func overflows(by width: Int) -> Bool {
        lineWidth + gap + wordWidth + width > columns
    }

    private mutating func endWord() {
        guard !word.isEmpty else { return }
        line += String(repeating: " ", count: gap) + word
        lineWidth += gap + wordWidth
        gap = 0
        word = ""
        wordWidth = 0
    }

    private mutating func endLine() {
        lines.append(line)
        line = ""
        lineWidth = 0
        gap = 0
    }
}
