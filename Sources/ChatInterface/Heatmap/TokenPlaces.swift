/// Where in the text of a reply its tokens are.
///
/// A token's own text is what it reads as by itself: of one that is a part of a character that is no more than that it
/// is one. Where such tokens stand follows from those before and behind them.
struct TokenPlaces: Sendable, Hashable {
    /// [tokens]: the UTF-8 bytes of the reply's text that the token stands for, ascending; empty for one that has none.
    /// The parts of a character have all of it.
    private(set) var bytes: [Range<Int>]

    /// Finds the tokens that read as some texts, each behind the one before; an empty text stands for a token that says
    /// nothing. The first of them need not be at the beginning of the reply, which may go on after another.
    init(of tokens: [String], in text: String) {
        let all = Array(text.utf8)
        bytes = Array(repeating: 0..<0, count: tokens.count)
        var place = TokenPlaces.start(of: tokens, in: all)
        var waiting: [Int] = []
        for (index, token) in tokens.enumerated() {
            guard !token.isEmpty else {
                bytes[index] = place..<place
                continue
            }
            let own = Array(token.utf8)
            // What lies between is at most what the tokens that wait may be parts of.
            let latest = place + waiting.count * TokenPlaces.longestCharacter
            guard !TokenPlaces.isPart(token), let found = all.place(of: own, in: place...latest) else {
                waiting.append(index)
                if waiting.count > TokenPlaces.mostWaiting { return }
                continue
            }
            for earlier in waiting { bytes[earlier] = place..<found }
            waiting = []
            place = found + own.count
            bytes[index] = found..<place
        }
        for earlier in waiting { bytes[earlier] = place..<all.count }
    }

    /// [characters of the text]: the token that the character begins in; nil where that is not known.
    func tokens(ofCharactersIn text: String) -> [Int?] {
        var token = 0
        var offset = 0
        return text.map { character in
            defer { offset += character.utf8.count }
            while token < bytes.count, bytes[token].upperBound <= offset { token += 1 }
            return token < bytes.count && bytes[token].contains(offset) ? token : nil
        }
    }

    /// Bytes that a token, or a character of several, may well have.
    private static let longestCharacter = 8
    /// Tokens one after the other that may be found nowhere; with more the text is another one.
    private static let mostWaiting = 32

    private static func isPart(_ token: String) -> Bool { token.unicodeScalars.contains("\u{FFFD}") }

    /// The text of the first few tokens, up to the first part of a character.
    private static func beginning(of tokens: [String]) -> [UInt8] {
        tokens.prefix { !isPart($0) }.prefix(8).flatMap(\.utf8)
    }

    private static func start(of tokens: [String], in text: [UInt8]) -> Int {
        text.place(of: beginning(of: tokens), in: 0...text.count) ?? 0
    }
}

extension [UInt8] {
    /// The first of some places where bytes begin; nil where they begin at none of them.
    fileprivate func place(of bytes: [UInt8], in places: ClosedRange<Int>) -> Int? {
        let last = Swift.min(places.upperBound, count - bytes.count)
        guard places.lowerBound <= last else { return nil }
        return (places.lowerBound...last).first { self[$0...].starts(with: bytes) }
    }
}
