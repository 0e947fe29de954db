import TerminalKit

extension ChatState {
    /// Tells the user something. What is too long for the last line can be read in full in the chat.
    mutating func show(_ notice: Notice) {
        if TextMeasure.width(of: notice.text) > size.columns - 2 {
            transcript.append(.note, notice.text)
        }
        self.notice = ShownNotice(notice: notice, until: now + notice.lifetime)
    }

    mutating func inform(_ text: String) {
        show(Notice(.info, text))
    }

    mutating func warn(_ text: String) {
        show(Notice(.warning, text))
    }
}
