import Foundation
import Testing

extension Tmux {
    /// What is done with the mouse, by its number in SGR reports.
    enum MouseAct: Int, Sendable {
        case press = 0
        case drag = 32
        case release = 3
        case wheelUp = 64
        case wheelDown = 65
    }

    /// Reports the mouse's left button or wheel at a cell, counted from 0, as terminals do in mode 1006.
    func mouse(_ act: MouseAct, column: Int, row: Int) async throws {
        let button = act == .release ? 0 : act.rawValue
        try await answer("\u{1B}[<\(button);\(column + 1);\(row + 1)\(act == .release ? "m" : "M")")
    }

    /// The cell where a text stands for the last time, where all before it in its row is one cell wide.
    func place(of text: String, sourceLocation: SourceLocation = #_sourceLocation) async throws -> (
        column: Int, row: Int
    ) {
        let screen = try await screen()
        let row = try #require(
            screen.lines.lastIndex { $0.contains(text) }, "\(screen.text)", sourceLocation: sourceLocation)
        let line = screen.lines[row]
        let start = try #require(line.firstRange(of: text)?.lowerBound, sourceLocation: sourceLocation)
        return (line.distance(from: line.startIndex, to: start), row)
    }
}
