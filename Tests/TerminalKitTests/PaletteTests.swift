import TerminalKit
import Testing

@Suite("The palette")
struct PaletteTests {
    @Test(
        "takes the nearest of eight colours",
        arguments: [
            (0, 0), (7, 7), (8, 0), (15, 7), (9, 1), (196, 1), (46, 2), (226, 3), (21, 4), (201, 5), (51, 6),
            (231, 7),
            (16, 0), (232, 0), (255, 7), (236, 0), (250, 7), (52, 0), (88, 1),
        ] as [(UInt8, UInt8)])
    func nearest(index: UInt8, expected: UInt8) {
        #expect(Palette.nearestOfEight(.indexed(index)) == expected)
    }

    @Test("never makes text vanish in its background")
    func contrast() {
        for depth in [ColorDepth.eight, .sixteen] { contrast(of: Palette(depth: depth)) }
        // Equal on purpose stays equal: a filled cell.
        let palette = Palette(depth: .eight)
        #expect(palette.numbers(foreground: .indexed(9), background: .indexed(9)) == (1, 1))
    }

    private func contrast(of palette: Palette) {
        let all = UInt8.min ... .max
        let vanished = all.flatMap { front in
            all.filter { back in
                let reduced = palette.numbers(foreground: .indexed(front), background: .indexed(back))
                return front != back && reduced.foreground == reduced.background
            }
        }
        #expect(vanished.isEmpty)
    }

    @Test("has sixteen colours where the terminal has")
    func sixteen() {
        let palette = Palette(depth: .sixteen)
        let numbers = [0, 7, 9, 15, 196, 46, 226, 21, 231, 16, 244].map { (index: UInt8) in
            palette.numbers(foreground: .indexed(index), background: .standard).foreground
        }
        #expect(numbers == [0, 7, 9, 15, 9, 10, 11, 4, 15, 0, 8])
    }

    @Test(
        "makes a scale of rising luminance of what there is", arguments: [ColorDepth.twoFiftySix, .trueColor])
    func shades(depth: ColorDepth) {
        let palette = Palette(depth: depth)
        let numbers = (0...Color.lastShade).map {
            palette.numbers(foreground: .shade($0), background: .standard).foreground
        }
        #expect(
            Set(numbers).count == (depth == .trueColor ? 64 : Set(numbers).count) && Set(numbers).count >= 9)
        if depth == .trueColor {
            #expect(numbers.first == 0x440154 && numbers.last == 0xFDE725)
            let luminances = numbers.map { 2126 * ($0 >> 16) + 7152 * ($0 >> 8 & 0xFF) + 722 * ($0 & 0xFF) }
            #expect(luminances == luminances.sorted())
        }
    }

    @Test("gives a terminal of direct colours red, green and blue, and its own eight colours")
    func direct() {
        let palette = Palette(depth: .trueColor)
        let numbers = [UInt8(3), 8, 208, 16].map {
            palette.numbers(foreground: .indexed($0), background: .standard).foreground
        }
        #expect(numbers == [3, 0x7F7F7F, 0xFF8700, 8])
    }

    @Test("leaves 256 colours alone, and monochrome without any")
    func depths() {
        let full = Palette(depth: .twoFiftySix)
        #expect(full.numbers(foreground: .indexed(200), background: .standard) == (200, -1))
        let none = Palette(depth: .monochrome)
        #expect(none.numbers(foreground: .indexed(200), background: .indexed(3)) == (-1, -1))
    }
}
