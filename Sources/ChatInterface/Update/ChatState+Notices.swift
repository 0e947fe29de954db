extension ChatState {
    mutating func show(_ notice: Notice) {
        self.notice = ShownNotice(notice: notice, until: now + notice.lifetime)
    }

    mutating func inform(_ text: String) {
        show(Notice(.info, text))
    }

    mutating func warn(_ text: String) {
        show(Notice(.warning, text))
    }
}
