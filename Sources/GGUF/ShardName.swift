/// The name of one file of a split model: `prefix-00001-of-00003.gguf`.
struct ShardName {
    let prefix: String
    /// From 1 to `count`.
    let number: Int
    let count: Int

    init(prefix: String, number: Int, count: Int) {
        self.prefix = prefix
        self.number = number
        self.count = count
    }

    /// Returns nil when `path` is not so named.
    init?(path: String) {
        let form = /(?<prefix>.*)-(?<number>[0-9]{5})-of-(?<count>[0-9]{5})\.gguf/
        guard let match = path.wholeMatch(of: form),
            let number = Int(match.number), let count = Int(match.count), number >= 1, number <= count
        else { return nil }
        self.init(prefix: String(match.prefix), number: number, count: count)
    }

    var path: String {
        "\(prefix)-\(Self.padded(number))-of-\(Self.padded(count)).gguf"
    }

    private static func padded(_ number: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 5 - digits.count)) + digits
    }
}
