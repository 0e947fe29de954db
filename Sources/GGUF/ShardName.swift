/// The name of one file of a split model: `prefix-00001-of-00003.gguf`.
package struct ShardName: Sendable, Hashable {
    let prefix: String
    /// Which file it is, from 1 to `count`.
    package let number: Int
    /// How many files the model has.
    package let count: Int

    private static let digits = 5

    init(prefix: String, number: Int, count: Int) {
        self.prefix = prefix
        self.number = number
        self.count = count
    }

    /// Takes a path apart; nil for one that is not so named. What stands before the number may be anything.
    package init?(path: String) {
        // By bytes: in a path a letter may have an accent of its own that a hyphen follows.
        var rest = Array(path.utf8)[...]
        func drop(_ ending: String) -> Bool {
            guard rest.suffix(ending.utf8.count).elementsEqual(ending.utf8) else { return false }
            rest = rest.dropLast(ending.utf8.count)
            return true
        }
        func dropNumber() -> Int? {
            let digits = rest.suffix(Self.digits)
            guard digits.count == Self.digits,
                digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
            else { return nil }
            rest = rest.dropLast(Self.digits)
            return Int(String(decoding: digits, as: UTF8.self))
        }
        guard drop(".gguf"), let count = dropNumber(), drop("-of-"), let number = dropNumber(), drop("-"),
            number >= 1, number <= count, let prefix = String(validating: rest, as: UTF8.self)
        else { return nil }
        self.init(prefix: prefix, number: number, count: count)
    }

    var path: String {
        "\(prefix)-\(Self.padded(number))-of-\(Self.padded(count)).gguf"
    }

    private static func padded(_ number: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, Self.digits - digits.count)) + digits
    }
}
