import TerminalKit

extension ChatState {
    /// Tells the user something in the last line. What is too long for it, or too grave to go away by itself, stands in
    /// the chat, too.
    mutating func show(_ notice: Notice) {
        if notice.level == .error || TextMeasure.width(of: notice.text) > size.columns - 2 {
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
