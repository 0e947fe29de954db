/// Places in the text that keys go to.
extension Composer {
    /// The beginning of the line the cursor is in.
    var lineStart: Int {
        (characters[..<cursor].lastIndex(where: \.isNewline) ?? -1) + 1
    }

    /// The end of the line the cursor is in.
    var lineEnd: Int {
        characters[cursor...].firstIndex(where: \.isNewline) ?? characters.count
    }

    /// The beginning of the word before the cursor.
    var previousWord: Int {
        var index = cursor
        while index > 0, !characters[index - 1].isWordPart { index -= 1 }
        while index > 0, characters[index - 1].isWordPart { index -= 1 }
        return index
    }

    /// The end of the word after the cursor.
    var nextWord: Int {
        var index = cursor
        while index < characters.count, !characters[index].isWordPart { index += 1 }
        while index < characters.count, characters[index].isWordPart { index += 1 }
        return index
    }

    /// The place that Ctrl-W deletes to: back over spaces, then to the next space, as in shells.
    var previousSpace: Int {
        var index = cursor
        while index > 0, characters[index - 1].isWhitespace { index -= 1 }
        while index > 0, !characters[index - 1].isWhitespace { index -= 1 }
        return index
    }
}

extension Character {
    fileprivate var isWordPart: Bool { isLetter || isNumber || self == "_" }
}
