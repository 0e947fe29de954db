import MoDModel
import TerminalKit

/// The characters that views draw with, in Unicode or in ASCII.
struct Glyphs: Sendable, Hashable {
    let glyphSet: GlyphSet
    var isUnicode: Bool { glyphSet == .unicode }

    init(_ glyphSet: GlyphSet) { self.glyphSet = glyphSet }

    private func pick<T>(_ unicode: T, _ ascii: T) -> T { isUnicode ? unicode : ascii }

    var ellipsis: String { pick("…", "~") }
    var separator: String { pick("·", "-") }
    var replyCursor: String { pick("▌", "_") }
    var atLeast: String { pick("≥", ">=") }
    var atMost: String { pick("≤", "<=") }
    var infinity: String { pick("∞", "inf") }
    var pointer: String { pick("▸", ">") }
    var upPointer: String { pick("▲", "^") }
    var horizontal: String { pick("─", "-") }
    /// The line below the tokens of a prompt; that of a reply is `horizontal`.
    var promptLine: String { pick("┄", ".") }
    var turnStart: String { pick("╷", "|") }
    var dividerEnds: (String, String) { pick(("├", "┤"), ("+", "+")) }
    var versionEnds: (String, String) { pick(("◂", "▸"), ("<", ">")) }
    var pinned: String { pick("★", "*") }
    var settles: String { pick("◀", "<") }
    var bullet: String { pick("•", "-") }
    var quoteBar: String { pick("│", "|") }
    var tableBar: String { pick("│", "|") }
    var tableCross: String { pick("┼", "+") }
    var gaugeEnds: (String, String) { pick(("▕", "▏"), ("[", "]")) }
    var gaugeFull: String { pick("█", "#") }
    var gaugeEmpty: String { pick("░", ".") }

    /// For a value on a bar, beside the one that the bar's length tells.
    var mark: String { pick("│", "|") }

    /// A bar for a fraction, 0…1, of so many columns, to half a column where the glyphs allow it.
    func bar(_ fraction: Double, columns: Int) -> String {
        let fraction = fraction.isFinite ? min(max(fraction, 0), 1) : 0
        let halves = Int((fraction * Double(columns * 2)).rounded())
        return String(repeating: gaugeFull, count: halves / 2)
            + (halves.isMultiple(of: 2) ? "" : pick("▍", ""))
    }

    /// For a block that took the token in full, its score rising from the first to the last.
    var shades: [String] { pick(["░", "▒", "▓", "█"], ["-", "+", "*", "#"]) }
    var solid: String { pick("█", "#") }
    var thin: String { pick("▄", "=") }
    var bypassed: String { pick("·", ".") }
    /// For the selected cell, by the grade that the token had at the block.
    func selected(_ grade: Grade) -> String {
        switch grade {
        case .full: pick("◆", "@")
        case .thin: pick("◈", "a")
        case .bypassed: pick("◇", "o")
        }
    }
    /// For two blocks as the halves of a cell: nothing of a half for bypassed, its left for thin, the whole half for
    /// full. Nil where both are bypassed.
    func halves(_ upper: Grade, _ lower: Grade) -> String? {
        switch (upper, lower) {
        case (.bypassed, .bypassed): nil
        case (.bypassed, .thin): "▖"
        case (.bypassed, .full): "▄"
        case (.thin, .bypassed): "▘"
        case (.thin, .thin): "▌"
        case (.thin, .full): "▙"
        case (.full, .bypassed): "▀"
        case (.full, .thin): "▛"
        case (.full, .full): "█"
        }
    }
    /// Bars for the depth of a token, rising from the first to the last.
    var depths: [String] {
        pick(["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"], ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"])
    }
    var leftRight: String { pick("←→", "Left/Right") }
    var upDown: String { pick("↑↓", "Up/Down") }
    var controlUpDown: String { pick("Ctrl-↑↓", "Ctrl-Up/Down") }
}

extension Array {
    /// The element at a fraction, 0…1, of the way from the first to the last, each for an equal part of the way; nil
    /// for an empty array.
    func element(at fraction: Double) -> Element? {
        guard !isEmpty else { return nil }
        let fraction = fraction.isFinite ? Swift.min(Swift.max(fraction, 0), 1) : 0
        return self[Swift.min(count - 1, Int(fraction * Double(count)))]
    }
}
