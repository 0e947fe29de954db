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
        #expect(Palette.nearestOfEight(index) == expected)
    }

    @Test("never makes text vanish in its background")
    func contrast() {
        let palette = Palette(depth: .eight)
        let all = UInt8.min ... .max
        let vanished = all.flatMap { front in
            all.filter { back in
                let reduced = palette.numbers(foreground: .indexed(front), background: .indexed(back))
                return front != back && reduced.foreground == reduced.background
            }
        }
        #expect(vanished.isEmpty)
        // Equal on purpose stays equal: a filled cell.
        #expect(palette.numbers(foreground: .indexed(9), background: .indexed(9)) == (1, 1))
    }

    @Test("leaves 256 colours alone, and monochrome without any")
    func depths() {
        let full = Palette(depth: .twoFiftySix)
        #expect(full.numbers(foreground: .indexed(200), background: .standard) == (200, -1))
        let none = Palette(depth: .monochrome)
        #expect(none.numbers(foreground: .indexed(200), background: .indexed(3)) == (-1, -1))
    }
}
