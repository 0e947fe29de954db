import Foundation

/// Python's `wcwidth` package: an independent opinion on the width of characters.
enum Wcwidth {
    static let isInstalled = (try? run("import wcwidth")) != nil

    /// The width of each scalar below a bound, as one list; −1 for controls.
    static func widths(below bound: Int) throws -> [Int] {
        let output = try run(
            "from wcwidth import wcwidth; print(' '.join(str(wcwidth(chr(c))) for c in range(\(bound))))")
        return output.split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
    }

    private struct Failed: Error {}

    private static func run(_ program: String) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-c", program]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failed() }
        return String(decoding: data, as: UTF8.self)
    }
}
