extension String {
    /// Where a part first occurs, by bytes; nil where it does not.
    func firstPlace(of part: String) -> Int? {
        let (text, part) = (Array(utf8), Array(part.utf8))
        guard part.count <= text.count else { return nil }
        return (0...text.count - part.count).first { text[$0...].starts(with: part) }
    }

    /// The text without white space, or without some scalars, at its ends.
    func trimmed(of unwanted: String? = nil, front: Bool = true, back: Bool = true) -> String {
        let unwanted = unwanted.map { Set($0.unicodeScalars) }
        func drops(_ scalar: Unicode.Scalar) -> Bool {
            unwanted.map { $0.contains(scalar) } ?? scalar.properties.isWhitespace
        }
        var scalars = unicodeScalars[...]
        while front, let first = scalars.first, drops(first) { scalars.removeFirst() }
        while back, let last = scalars.last, drops(last) { scalars.removeLast() }
        return String(scalars)
    }

    /// The parts between the places where another text stands, at most `count` cuts.
    func parts(between separator: String, cuts count: Int = .max) -> [String] {
        let (text, separator) = (Array(utf8), Array(separator.utf8))
        guard !separator.isEmpty else { return [self] }
        var parts: [String] = []
        var start = 0
        var position = 0
        while position + separator.count <= text.count, parts.count < count {
            if text[position...].starts(with: separator) {
                parts.append(String(decoding: text[start..<position], as: UTF8.self))
                position += separator.count
                start = position
            } else {
                position += 1
            }
        }
        return parts + [String(decoding: text[start...], as: UTF8.self)]
    }
}
