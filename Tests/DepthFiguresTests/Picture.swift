import CZlib
import Foundation
import Testing

/// A PNG, taken apart: what a reader of pictures does, for the kind that is written.
struct Picture: Equatable {
    let width: Int
    let height: Int
    /// [height][width][red, green, blue].
    let pixels: [UInt8]

    /// Thrown for a file that is not of this form.
    struct Malformed: Error {}

    init(_ data: Data) throws {
        let bytes = [UInt8](data)
        guard bytes.prefix(8) == [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] else { throw Malformed() }
        var chunks: [(name: String, body: [UInt8])] = []
        var place = 8
        while place < bytes.count {
            let length = Int(Self.number(bytes, place))
            let checked = Array(bytes[place + 4..<place + 8 + length])
            guard UInt32(crc32(0, checked, UInt32(checked.count))) == Self.number(bytes, place + 8 + length)
            else {
                throw Malformed()
            }
            chunks.append((String(decoding: checked.prefix(4), as: UTF8.self), Array(checked.dropFirst(4))))
            place += 12 + length
        }
        #expect(chunks.map(\.name) == ["IHDR", "pHYs", "IDAT", "IEND"])
        let head = chunks[0].body
        width = Int(Self.number(head, 0))
        height = Int(Self.number(head, 4))
        #expect(Array(head[8...]) == [8, 2, 0, 0, 0])
        var filtered = [UInt8](repeating: 0, count: height * (width * 3 + 1))
        var length = UInt(filtered.count)
        let packed = chunks[2].body
        guard uncompress(&filtered, &length, packed, UInt(packed.count)) == Z_OK,
            Int(length) == filtered.count
        else { throw Malformed() }
        var pixels: [UInt8] = []
        for row in 0..<height {
            let start = row * (width * 3 + 1)
            guard filtered[start] == 2 else { throw Malformed() }
            for place in 0..<width * 3 {
                let above = row == 0 ? 0 : pixels[(row - 1) * width * 3 + place]
                pixels.append(filtered[start + 1 + place] &+ above)
            }
        }
        self.pixels = pixels
    }

    private static func number(_ bytes: [UInt8], _ place: Int) -> UInt32 {
        bytes[place..<place + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// All colours, pixel by pixel.
    var colors: [[UInt8]] { stride(from: 0, to: pixels.count, by: 3).map { Array(pixels[$0..<$0 + 3]) } }

    /// The row of pixels in the upper part of a block's cells, above any marks, in a map of one panel.
    func cellRow(block: Int, of blocks: Int) -> Int {
        // Margin, legend and positions; then cells of 12 pixels.
        2 * (6 + 24 + 12) + 12 * (blocks - 1 - block) + 1
    }

    /// The colours of the cells in a row of pixels, from left to right, gaps left out.
    func colors(row: Int) -> [(UInt8, UInt8, UInt8)] {
        (0..<40).map { column in
            let place = (row * width + 2 * 34 + 16 * column + 2) * 3
            return (pixels[place], pixels[place + 1], pixels[place + 2])
        }
    }
}

/// Python, where it has Pillow.
enum Python {
    static let hasPillow = (try? run("import PIL.Image", Data()))?.status == 0

    /// The pixels of a picture, [height][width][red, green, blue].
    static func pixels(of picture: Data) throws -> Data {
        try run(
            """
            import io, sys, PIL.Image
            sys.stdout.buffer.write(PIL.Image.open(io.BytesIO(sys.stdin.buffer.read())).convert("RGB").tobytes())
            """, picture
        ).output
    }

    private static func run(_ code: String, _ input: Data) throws -> (status: Int32, output: Data) {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (from, to) = (folder.appending(path: "in"), folder.appending(path: "out"))
        try input.write(to: from)
        try Data().write(to: to)
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", "-c", code]
        process.standardInput = try FileHandle(forReadingFrom: from)
        process.standardOutput = try FileHandle(forWritingTo: to)
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return (process.terminationStatus, try Data(contentsOf: to))
    }
}
