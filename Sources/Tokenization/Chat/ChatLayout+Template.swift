extension ChatLayout {
    /// Learns a layout from a template by rendering conversations of which only the order of the roles matters.
    ///
    /// What a message is laid out as must not depend on what follows it, nor on how many messages came before: so the
    /// cache of a conversation that goes on is that of its beginning. A system prompt may be a message, or a part of
    /// the first user message; a template without a place for one, which leaves it out or refuses it, gets it there, on
    /// lines of its own, as llama.cpp does it (`system_message_not_supported` in its common/chat.cpp).
    ///
    /// - Parameters:
    ///   - beginning: what the template's `bos_token` is.
    ///   - end: what its `eos_token` is.
    /// - Throws: a `JinjaError`, `.unknown` where the template lays conversations out otherwise.
    package init(template source: String, beginning: String, end: String) throws(JinjaError) {
        let probe = ChatLayoutProbe(
            template: try JinjaTemplate(source), beginning: beginning, end: end)
        let question = try probe.pieces([.user])
        let answer = try probe.pieces([.user, .assistant])
        let asked = try probe.pieces([.user], addingGenerationPrompt: true)
        let talk = try probe.pieces(
            [.user, .assistant, .user, .assistant, .user], addingGenerationPrompt: true)
        let userAfter = question.between[1].beginning(of: talk.between[1])
        let assistantAfter = answer.between[2].beginning(of: talk.between[2])
        guard talk.between[1] == talk.between[3], talk.between[2] == talk.between[4],
            talk.between[0] == asked.between[0], talk.between[5] == asked.between[1],
            let assistantBefore = talk.between[1].dropping(prefix: userAfter),
            let userBefore = talk.between[2].dropping(prefix: assistantAfter),
            let opening = talk.between[0].dropping(suffix: userBefore),
            let generationPrompt = talk.between[5].dropping(prefix: userAfter)
        else { throw .unknown("a layout in which messages depend on one another") }
        self.opening = opening
        self.generationPrompt = generationPrompt
        user = Frame(before: userBefore, after: userAfter, trims: talk.trims[0])
        assistant = Frame(before: assistantBefore, after: assistantAfter, trims: talk.trims[1])
        system = Frame(before: "", after: "\n")
        systemIsMessage = false
        trimsFrontAfterSystem = false
        if let told = try? probe.pieces([.system, .user], addingGenerationPrompt: true) {
            guard told.between[2] == asked.between[1] else {
                throw .unknown("a layout in which messages depend on the system prompt")
            }
            if let after = told.between[1].dropping(suffix: userBefore) {
                system = Frame(before: told.between[0], after: after, trims: told.trims[0])
                systemIsMessage = true
            } else if let before = told.between[0].dropping(prefix: talk.between[0]) {
                system = Frame(before: before, after: told.between[1], trims: told.trims[0])
                trimsFrontAfterSystem = told.trims[1].front
            } else {
                throw .unknown("a layout in which messages depend on the system prompt")
            }
        }
        try check(probe)
    }

    /// Sees to it that conversations with words in them are laid out as the template does it.
    private func check(_ probe: ChatLayoutProbe) throws(JinjaError) {
        var talk = ["Why?", " Because:\n- one\n", "And \"two\"?", "No.", "{{ x }}\n"].enumerated().map {
            ChatMessage(role: $0.isMultiple(of: 2) ? .user : .assistant, content: $1)
        }
        // Templates without a system message put the prompt elsewhere in long conversations, or nowhere.
        if systemIsMessage { talk.insert(ChatMessage(role: .system, content: "Be brief.\n"), at: 0) }
        for count in [talk.count, talk.count - 2] {
            let conversation = Array(talk.prefix(count))
            let rendered = try probe.render(conversation, addingGenerationPrompt: true)
            guard text(of: conversation, addingGenerationPrompt: true).utf8.elementsEqual(rendered.utf8)
            else {
                throw .unknown("a layout in which messages depend on what they say")
            }
        }
    }
}

extension ChatLayout.Frame {
    fileprivate init(before: String, after: String, trims: (front: Bool, back: Bool)) {
        self.init(before: before, after: after, trimsFront: trims.front, trimsBack: trims.back)
    }
}

/// Renders conversations with a template and takes apart what comes out.
private struct ChatLayoutProbe {
    let template: JinjaTemplate
    let beginning: String
    let end: String

    /// What is rendered around the messages of a conversation, and of what ends of each message white space is dropped.
    struct Pieces {
        var between: [String] = []
        var trims: [(front: Bool, back: Bool)] = []
    }

    /// White space that no template has of its own.
    private static let space: Unicode.Scalar = "\u{2003}"

    /// Renders a conversation of some roles.
    func pieces(
        _ roles: [ChatMessage.Role], addingGenerationPrompt: Bool = false
    ) throws(JinjaError) -> Pieces {
        // Characters for private use stand for what is said.
        let marks = roles.indices.compactMap { Unicode.Scalar(0xE700 + UInt32($0)) }
        let messages = zip(roles, marks).map { role, mark in
            let content: [Unicode.Scalar] = [ChatLayoutProbe.space, mark, ChatLayoutProbe.space]
            return ChatMessage(role: role, content: String(String.UnicodeScalarView(content)))
        }
        var rest = Array(try render(messages, addingGenerationPrompt: addingGenerationPrompt).unicodeScalars)[
            ...]
        var pieces = Pieces()
        for mark in marks {
            guard let place = rest.firstIndex(of: mark), !rest[(place + 1)...].contains(mark) else {
                throw .unknown("a layout that leaves messages out, moves or doubles them")
            }
            var before = rest[..<place]
            rest = rest[(place + 1)...]
            let keepsFront = before.last == ChatLayoutProbe.space
            if keepsFront { before.removeLast() }
            let keepsBack = rest.first == ChatLayoutProbe.space
            if keepsBack { rest.removeFirst() }
            pieces.between.append(String(String.UnicodeScalarView(before)))
            pieces.trims.append((!keepsFront, !keepsBack))
        }
        pieces.between.append(String(String.UnicodeScalarView(rest)))
        return pieces
    }

    /// Renders a conversation.
    func render(
        _ messages: [ChatMessage], addingGenerationPrompt: Bool
    ) throws(JinjaError) -> String {
        try template.render(
            messages, addingGenerationPrompt: addingGenerationPrompt, beginning: beginning, end: end)
    }
}

extension String {
    /// As much of this text as another begins with: all of it, or what the two have in common up to where a name in
    /// angle brackets, which may be a token, begins in one of them.
    fileprivate func beginning(of other: String) -> String {
        if other.utf8.starts(with: utf8) { return self }
        var common = Array(zip(utf8, other.utf8).prefix { $0 == $1 }.map(\.0))
        if let open = common.lastIndex(of: UInt8(ascii: "<")), !common[open...].contains(UInt8(ascii: ">")) {
            common.removeSubrange(open...)
        }
        return String(decoding: common, as: UTF8.self)
    }

    /// The text without another at its front; nil where that does not stand there.
    fileprivate func dropping(prefix: String) -> String? {
        utf8.starts(with: prefix.utf8)
            ? String(decoding: utf8.dropFirst(prefix.utf8.count), as: UTF8.self) : nil
    }

    /// The text without another at its back; nil where that does not stand there.
    fileprivate func dropping(suffix: String) -> String? {
        utf8.suffix(suffix.utf8.count).elementsEqual(suffix.utf8)
            ? String(decoding: utf8.dropLast(suffix.utf8.count), as: UTF8.self) : nil
    }
}
