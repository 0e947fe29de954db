/// Hashes that stand for what long lists of lines come to, so that a fixture need not hold it.
public enum LineBlocks {
    /// The hashes (FNV-1a, 64 bits, in hex) of what numbers each block of 100 lines comes to, as 4 bytes each, and 0
    /// after each line.
    public static func hashes(of lines: [String], _ numbers: (String) -> [UInt32]) -> [String] {
        stride(from: 0, to: lines.count, by: 100).map { start in
            var hash: UInt64 = 0xCBF2_9CE4_8422_2325
            for line in lines[start..<min(start + 100, lines.count)] {
                for number in numbers(line) + [0] {
                    for shift: UInt32 in [0, 8, 16, 24] {
                        hash = (hash ^ UInt64(number >> shift & 0xFF)) &* 0x100_0000_01B3
                    }
                }
            }
            let digits = String(hash, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }
    }
}
