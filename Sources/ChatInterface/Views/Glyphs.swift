import MoDModel
import TerminalKit

/// The characters views draw with.
struct Glyphs: Sendable {
    let glyphSet: GlyphSet
    var isUnicode: Bool { glyphSet == .unicode }

    init(_ glyphSet: GlyphSet) { self.glyphSet = glyphSet }

    private func pick<T>(_ unicode: T, _ ascii: T) -> T { isUnicode ? unicode : ascii }

    var ellipsis: String { pick("…", "~") }
    var separator: String { pick("·", "-") }
    var blockCursor: String { pick("▌", "_") }
    var atLeast: String { pick("≥", ">=") }
    var atMost: String { pick("≤", "<=") }
    var infinity: String { pick("∞", "inf") }
    var pointer: String { pick("▸", ">") }
    var upPointer: String { pick("▲", "^") }
    var horizontal: String { pick("─", "-") }
    var turnStart: String { pick("╷", "|") }
    var dividerEnds: (String, String) { pick(("├", "┤"), ("+", "+")) }
    var gaugeEnds: (String, String) { pick(("▕", "▏"), ("[", "]")) }
    var gaugeFull: String { pick("█", "#") }
    var gaugeEmpty: String { pick("░", ".") }

    /// A block that took the token in full, the score rising from the first to the last.
    var shades: [String] { pick(["░", "▒", "▓", "█"], ["-", "+", "*", "#"]) }
    var solid: String { pick("█", "#") }
    var thin: String { pick("▄", "=") }
    var bypassed: String { pick("·", ".") }
    /// The cell under the selection, for what became of the token there.
    func selected(_ grade: Grade) -> String {
        switch grade {
        case .full: pick("◆", "@")
        case .thin: pick("◈", "a")
        case .bypassed: pick("◇", "o")
        }
    }
    /// Two blocks as the halves of a cell, the upper one first: nothing of a half for bypassed, its left for thin, all of
    /// it for full. Nil where there is nothing in either.
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
    /// How deep a token went, rising from the first to the last.
    var depths: [String] {
        pick(["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"], ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"])
    }
    var leftRight: String { pick("←→", "Left/Right") }
    var upDown: String { pick("↑↓", "Up/Down") }
    var controlUpDown: String { pick("Ctrl-↑↓", "Ctrl-Up/Down") }
}

extension Array {
    /// The element at a share 0…1 of the way from the first to the last, all equally likely.
    func element(at share: Double) -> Element? {
        guard !isEmpty else { return nil }
        let share = share.isFinite ? Swift.min(Swift.max(share, 0), 1) : 0
        return self[Swift.min(count - 1, Int(share * Double(count)))]
    }
}
