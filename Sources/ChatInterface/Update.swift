import Conversations
import Foundation
import InferenceEngine
import MoDModel
import Settings
import TerminalKit
import Transcripts

/// Takes in one event: changes the state and returns what the world is asked to do about it.
///
/// Pure: a state and an event always give one state and one list of effects.
public func update(_ state: inout ChatState, _ event: ChatEvent) -> [ChatEffect] {
    switch event {
    case .terminal(let event, let time):
        state.advance(to: time)
        return state.receive(event)
    case .generation(let event, let time):
        state.advance(to: time)
        return state.receive(event)
    case .tick(let time):
        state.advance(to: time)
    case .notice(let notice):
        state.show(notice)
        // Where a file went can be read nowhere else.
        if notice.level == .info, TextMeasure.width(of: notice.text) > state.size.columns - 2 {
            state.chat.note(notice.text)
        }
    case .restored(let conversation, let id, let traces, let contextTokens):
        guard !state.isReplying else {
            state.show(Notice(.warning, "Not opened: a reply is coming."))
            return []
        }
        state.restore(conversation, traces: traces, contextTokens: contextTokens)
        return id.map { [.keep(in: $0)] } ?? []
    case .traced(let traces, let request):
        // The numbers of messages are those of the conversation that was shown then.
        guard request == state.traceRequest else { break }
        state.endReplay()
        state.heatmap.learn(traces)
        state.followBranch()
    case .found(let conversations, let query):
        return state.list(conversations, for: query)
    case .recalled(let sent):
        state.composer.recall(sent.map(CommandTable.typed))
    case .answered(let answer):
        state.take(answer)
    case .edited(let text):
        if !state.composer.replace(with: text) { state.tellOfCut() }
    }
    return []
}

// MARK: Keys

extension ChatState {
    fileprivate mutating func advance(to time: Duration) {
        now = max(now, time)
        notices.advance(to: now)
        advanceReplay()
    }

    fileprivate mutating func receive(_ event: TerminalEvent) -> [ChatEffect] {
        switch event {
        case .key(let key, let modifiers):
            notices.goOn(at: now)
            return press(key, modifiers)
        case .paste(let text):
            guard comparison == nil else { break }
            if case .picker(var picker) = overlays.last {
                let request = picker.paste(text)
                return carryOut(request, of: picker)
            }
            write()
            overlays = []
            type(text)
        case .mouse(let event): return point(event)
        case .background(let isLight): show(lightBackground: isLight)
        case .resize(let size): self.size = size
        case .hangUp: return leave()
        }
        return []
    }

    /// Takes a key: what lies over the panes has it first, then what has the focus.
    private mutating func press(_ key: Key, _ modifiers: Modifiers) -> [ChatEffect] {
        let typed = key.typed(modifiers)
        if let request = comparison?.press(key, modifiers, on: size) {
            switch request {
            case .none: return []
            case .close: return endComparison()
            case .redraw: return [.redraw]
            }
        }
        switch overlays.last {
        case .help(let list): return press(key, modifiers, in: list)
        case .picker(var picker):
            let request = picker.press(key, modifiers, on: size)
            return carryOut(request, of: picker)
        case .blocks: return pressInBlocks(key, modifiers)
        case .probe(let probe): return press(key, modifiers, in: probe)
        case nil: break
        }
        if focus == .composer, let typed, typed != "?" || !composer.isEmpty {
            type(String(typed))
        } else if let action = KeyTable.action(key, modifiers, in: [focus.scope, .anywhere]) {
            return perform(action)
        } else if typed != nil {
            show(Notice(.info, "Esc or Tab goes back to writing."))
        }
        return []
    }

    /// Takes a key while the list of keys covers the panes.
    private mutating func press(_ key: Key, _ modifiers: Modifiers, in list: HelpList) -> [ChatEffect] {
        switch KeyTable.action(key, modifiers, in: [.help, .anywhere]) {
        case .toggleHelp, nil: overlays.removeLast()
        case let action? where [.listUp, .listDown, .listPageUp, .listPageDown].contains(action):
            var list = list
            list.press(action, on: size)
            overlays[overlays.count - 1] = .help(list)
        case let action?: return perform(action)
        }
        return []
    }

    mutating func perform(_ action: Action) -> [ChatEffect] {
        if action != .completeOrInspect { completing = nil }
        switch action {
        case .raiseCapacity: return turnDial { $0.turn(to: $0.capacity.stepped(by: 1)) }
        case .lowerCapacity: return turnDial { $0.turn(to: $0.capacity.stepped(by: -1)) }
        case .toggleDense: return turnDial { $0.toggleDense() }
        case .interrupt: return interrupt()
        case .redraw: return [.redraw]
        case .send: return submit()
        case .copyReply: return copy(.reply)
        case .stop:
            if isReplying { return stopReply() }
            if chat.stopEditing() {
                composer.replace(with: "")
                show(Notice(.info, "The message stays as it is; Ctrl-_ brings back what you wrote."))
            }
        case .deleteRightOrLeave:
            guard !composer.isEmpty else { return leave() }
            composer.press(.deleteRight, columns: Layout(self).composerTextColumns)
        case .previousVersion, .nextVersion: return walk(action == .previousVersion ? -1 : 1)
        case .toggleHelp: overlays.append(.help(HelpList()))
        case .scrollUp, .scrollDown:
            let layout = Layout(self).chat
            chat.scroll(by: action == .scrollUp ? layout.page : -layout.page, layout)
        case .look: return look()
        case .inspectBlocks: overlays = [.blocks]
        case .nextMode:
            heatmap.mode = heatmap.mode.next
            if heatmap.mode == .settled { return settle() }
        case .completeOrInspect: complete()
        case .edit: return [.edit(composer.text)]
        case .searchHistory: openPicker(.history)
        case .pickConversation: return openPicker(.conversations)
        case .write where heatmap.replay != nil: endReplay()
        case .write: write()
        case .tokenLeft, .tokenRight, .tenTokensLeft, .tenTokensRight, .oldestToken, .newestToken, .blockUp,
            .blockDown:
            return moveInHeatmap(action)
        case .zoomIn, .zoomOut: zoom(action)
        case .nextTint: return turnTint()
        case .replay: replay()
        case .newLine, .rowUp, .rowDown, .left, .right, .wordLeft, .wordRight, .lineStart, .lineEnd,
            .deleteLeft, .deleteRight, .deleteWordLeft, .deleteWordRight, .deleteToSpace, .deleteToLineStart,
            .deleteToLineEnd, .undoEdit, .redoEdit:
            composer.press(action, columns: Layout(self).composerTextColumns)
        case .listUp, .listDown, .listPageUp, .listPageDown, .choose, .close, .pin, .rename, .delete,
            .undelete:
            break
        }
        return []
    }

    /// Goes back to writing, and to the newest token.
    private mutating func write() {
        endReplay()
        focus = .composer
        inspector.token = nil
    }

    /// Completes a command, or goes on to the next that may be meant; where no command is typed, goes to the heatmap.
    private mutating func complete() {
        if var walk = completing, walk.text == composer.text {
            walk.advance()
            completing = walk
            composer.replace(with: walk.text)
            return
        }
        guard let completion = Completion(composer.text) else {
            focus = .heatmap
            return
        }
        if let text = completion.extended(composer.text) {
            composer.replace(with: text)
        } else if let walk = CompletionWalk(completion) {
            completing = walk
            composer.replace(with: walk.text)
        }
    }

    private mutating func type(_ text: String) {
        completing = nil
        if !composer.insert(text) { tellOfCut() }
    }

    fileprivate mutating func tellOfCut() {
        show(Notice(.warning, "Too long: only the beginning of the text went in."))
    }

    private mutating func turnDial(_ body: (inout Dial) -> Dial.Turn) -> [ChatEffect] {
        let before = dial
        let turn = body(&dial)
        // Whoever turns the capacity takes it over.
        if dial.capacity != before.capacity, heldSpeed.take() != nil {
            show(Notice(.info, "The speed is no longer held: the capacity is yours."))
            return [.holdSpeed(nil), .setCapacity(dial.capacity)]
        }
        if let notice = turn.notice { show(notice) }
        guard turn.hasMoved else { return [] }
        if turn.notice == nil { notices.clear() }
        return (dial.capacity != before.capacity ? [.setCapacity(dial.capacity)] : [])
            + (dial.policy != before.policy ? [.setPolicy(dial.policy)] : [])
    }

    /// Takes Ctrl-C: the first stops a reply; another, or two of them with nothing to stop, leaves.
    private mutating func interrupt() -> [ChatEffect] {
        if notices.leaveArmedUntil != nil { return leave() }
        let effects = stopReply()
        notices.armLeaving(
            isReplying ? "Stopping the reply. Ctrl-C again leaves." : "Press Ctrl-C again to leave.", at: now)
        return effects
    }

    /// Stops the reply under way, if there is one. What was to be said after it goes back to where it can be changed.
    private mutating func stopReply() -> [ChatEffect] {
        putBack(chat.takeQueue())
        return chat.stopReply() ? [.cancelGeneration] : []
    }

    /// Puts messages back to where they can be changed, before what is being written.
    private mutating func putBack(_ messages: [String]) {
        guard !messages.isEmpty else { return }
        let texts = messages.map(CommandTable.typed) + (composer.isEmpty ? [] : [composer.text])
        composer.replace(with: texts.joined(separator: "\n\n"))
    }

    /// Walks to another version of a message.
    private mutating func walk(_ step: Int) -> [ChatEffect] {
        guard !isReplying else { return refuseWhileReplying() }
        guard chat.walk(step) else {
            show(
                Notice(
                    .info,
                    "There is no \(step < 0 ? "earlier" : "later") version. /retry and /edit make some."))
            return []
        }
        return [.moveHead(of: chat.conversation)] + followBranch()
    }

    /// Shows in the heatmap what the chat shows: the branch's turns. While a reply is coming that is so already.
    ///
    /// - Returns: what is asked of the world, so that turns are shown that are only in the store.
    @discardableResult
    fileprivate mutating func followBranch() -> [ChatEffect] {
        guard !isReplying else { return [] }
        let unknown = heatmap.show(chat.conversation.branch)
        guard unknown.isEmpty else {
            traceRequest += 1
            return [.readTraces(of: unknown, request: traceRequest)]
        }
        if let tokens = heatmap.contextTokens { chat.show(contextTokens: tokens) }
        return []
    }

    /// Says that something cannot be done while a reply is coming.
    @discardableResult
    mutating func refuseWhileReplying() -> [ChatEffect] {
        show(Notice(.warning, "Not while a reply is coming: stop it first with Ctrl-C."))
        return []
    }

    /// Tells the user something in the last line. What is too grave to go away by itself, and what matters but is too
    /// long for the line, stands in the chat, too, but not twice in a row.
    mutating func show(_ notice: Notice) {
        let isLong = TextMeasure.width(of: notice.text) > size.columns - 2
        if notice.level == .error || (isLong && notice.level == .warning),
            chat.notes.last?.text != notice.text
        {
            chat.note(notice.text)
        }
        notices.show(notice, at: now)
    }
}

// MARK: Lists to choose from

extension ChatState {
    /// Opens a list to choose from; conversations are asked of the store.
    @discardableResult
    private mutating func openPicker(_ subject: Picker.Subject, _ query: String = "") -> [ChatEffect] {
        overlays = [.picker(Picker(subject, query: query))]
        return find()
    }

    /// Finds what the list on top shows.
    private mutating func find() -> [ChatEffect] {
        guard case .picker(var picker) = overlays.last else { return [] }
        let query = picker.query.text
        if picker.subject == .conversations { return [.search(query)] }
        let words = query.split(whereSeparator: \.isWhitespace)
        var known: Set<String> = []
        let entries =
            picker.subject == .settings
            ? Picker.Entry.settings(settings, sampling, dial, glyphs)
            : composer.history.sent.reversed().map { Picker.Entry(text: $0) }
        picker.show(
            entries.filter { entry in
                words.allSatisfy { entry.text.localizedStandardContains($0) }
                    && known.insert(entry.text).inserted
            }, for: query)
        overlays[overlays.count - 1] = .picker(picker)
        return []
    }

    fileprivate mutating func list(_ conversations: [StoredConversation], for query: String) -> [ChatEffect] {
        guard case .picker(var picker) = overlays.last, picker.subject == .conversations else { return [] }
        picker.show(conversations.map { Picker.Entry(conversation: $0, text: $0.title) }, for: query)
        let chosen = picker.takeChoice() ? picker.entry : nil
        overlays[overlays.count - 1] = .picker(picker)
        return chosen.map { choose($0) } ?? []
    }

    /// Does what a list to choose from asks for, having taken a key or a click.
    private mutating func carryOut(_ request: Picker.Request, of picker: Picker) -> [ChatEffect] {
        overlays[overlays.count - 1] = .picker(picker)
        switch request {
        case .none: return []
        case .close: overlays.removeLast()
        case .redraw: return [.redraw]
        case .find(let effects): return effects + find()
        case .choose(let entry): return choose(entry)
        }
        return []
    }

    /// Does with an entry what its list is for.
    private mutating func choose(_ entry: Picker.Entry) -> [ChatEffect] {
        guard let conversation = entry.conversation else {
            overlays.removeLast()
            write()
            composer.replace(with: entry.typed ?? entry.text)
            return []
        }
        guard !isReplying else { return refuseWhileReplying() }
        overlays.removeLast()
        write()
        return [.open(conversation.id, maximumTokens: sampling.maximumTokens)]
    }
}

// MARK: Comparing capacities

extension ChatState {
    /// Answers a question, or the last one, at two capacities, one after the other.
    private mutating func compare(at capacities: [Capacity], _ text: String?) -> [ChatEffect] {
        guard dial.isRouted else {
            show(Notice(.warning, "This model has no depth routers: all capacities are the same."))
            return []
        }
        var asked = chat.conversation
        if let text {
            asked.append(.user, text, date: date)
        } else {
            guard let question = asked.lastTurn?.question else {
                show(Notice(.warning, "There is no question yet: type /compare 1 0.5 and one after it."))
                return []
            }
            asked.moveHead(to: question.id)
        }
        let reply = chat.takeReplyName()
        comparison = Comparison(asked, at: capacities, sampling: sampling, model: model, as: reply)
        // Each side has a capacity of its own.
        return (heldSpeed == nil ? [] : [.holdSpeed(nil)]) + [
            .setCapacity(capacities[0]), .generateAfresh(reply, conversation: asked, sampling: sampling),
        ]
    }

    /// Takes in an event of a reply of the comparison, after the end of which the next begins.
    private mutating func receiveComparison(_ event: GenerationEvent) -> [ChatEffect] {
        comparison?.receive(event, at: now)
        switch event.kind {
        case .finished, .failed: break
        case .prompt, .token, .droppedOldestMessages: return []
        }
        let next = chat.takeReplyName()
        guard let capacity = comparison?.goOn(as: next), let comparison else {
            return dialEffects
        }
        return [
            .setCapacity(capacity),
            .generateAfresh(next, conversation: comparison.question, sampling: comparison.sampling),
        ]
    }

    /// Goes back from a comparison's capacities to the dial's, and to a speed that is held by it.
    private var dialEffects: [ChatEffect] {
        [.setCapacity(dial.capacity)] + (heldSpeed.map { [.holdSpeed($0)] } ?? [])
    }

    /// Closes the comparison, and goes back to the capacity of the dial.
    fileprivate mutating func endComparison() -> [ChatEffect] {
        let isRunning = comparison?.isRunning == true
        comparison = nil
        return isRunning ? [.cancelGeneration] + dialEffects : []
    }
}

// MARK: Looking into tokens

extension ChatState {
    /// Asks what the model would have said after each block of the chosen token.
    fileprivate mutating func look() -> [ChatEffect] {
        guard !isReplying else { return refuseWhileReplying() }
        guard let ordinal = inspector.ordinal(in: heatmap.ordinals),
            let question = DepthQuestion(
                about: ordinal, of: heatmap.log, in: chat.conversation, maximumTokens: sampling.maximumTokens,
                { .token(place: $0) })
        else { return [] }
        overlays = [.probe(Probe(ordinal: ordinal, block: inspector.block))]
        return [.look(question)]
    }

    /// Asks after how many blocks the tokens of the chosen turn were settled.
    mutating func settle() -> [ChatEffect] {
        guard !isReplying, let ordinal = inspector.ordinal(in: heatmap.ordinals),
            let question = DepthQuestion(
                about: ordinal, of: heatmap.log, in: chat.conversation, maximumTokens: sampling.maximumTokens,
                { _ in .turn })
        else { return [] }
        show(Notice(.info, "Looking at \(question.turn.count) tokens after every block\(glyphs.ellipsis)"))
        return [.look(question)]
    }

    /// Takes in what the engine found out.
    fileprivate mutating func take(_ answer: DepthAnswer) {
        heatmap.take(answer)
        guard case .probe(var probe) = overlays.last else {
            if case .failed(let reason) = answer { show(Notice(.warning, reason)) }
            return
        }
        probe.take(answer)
        overlays[overlays.count - 1] = .probe(probe)
    }

    /// Takes a key while a look into a token covers the panes.
    private mutating func press(_ key: Key, _ modifiers: Modifiers, in probe: Probe) -> [ChatEffect] {
        guard let action = KeyTable.action(key, modifiers, in: [.heatmap, .anywhere]) else { return [] }
        switch action {
        case .tokenLeft, .tokenRight, .tenTokensLeft, .tenTokensRight, .oldestToken, .newestToken:
            inspector.press(action, tokens: heatmap.ordinals, blockCount: model.blockCount)
            return look()
        case .blockUp, .blockDown:
            inspector.press(action, tokens: heatmap.ordinals, blockCount: model.blockCount)
            var probe = probe
            probe.block = inspector.block
            overlays[overlays.count - 1] = .probe(probe)
        case .redraw, .raiseCapacity, .lowerCapacity: return perform(action)
        case .write, .interrupt: overlays.removeLast()
        default:
            // What else a key means in the heatmap is wanted there.
            overlays.removeLast()
            return perform(action)
        }
        return []
    }

    /// By block, the grades that a token's scores would have come to at the capacity of the dial: what is drawn beside
    /// those it had. Nothing is computed again.
    func gradesAtDial(ofToken ordinal: Int) -> [Int: Grade] {
        guard let thresholds, let entry = heatmap.log[ordinal] else { return [:] }
        let (routing, routed) = (entry.token.routing, heatmap.log.blocks.routed)
        // At its own capacity a token has the grades it had, whatever a budget refused it.
        let grades =
            entry.setting?.capacity == dial.capacity
            ? routed.map { routing.grades[$0] }
            : thresholds.grades(of: routing, routedAt: entry.setting?.capacity, as: dial.capacity)
        return Dictionary(zip(routed, grades)) { first, _ in first }
    }
}

// MARK: The mouse

extension ChatState {
    /// Lines that one notch of the wheel scrolls.
    private static let wheelLines = 3

    /// Takes what was done with the mouse: the pane under it is meant, whatever has the focus.
    fileprivate mutating func point(_ event: MouseEvent) -> [ChatEffect] {
        guard comparison == nil else { return [] }
        if event.action == .press { chat.selection = nil }
        if !overlays.isEmpty { return pointAtOverlay(event) }
        let layout = Layout(self)
        guard !layout.isTooSmall else { return [] }
        if event.action == .drag || event.action == .release, chat.selection != nil {
            return select(event, layout)
        }
        if let box = layout.heatmapBox, box.contains(event.place) {
            return pointAtHeatmap(event, HeatmapPlan(self, box: box))
        } else if let box = layout.chatBox, box.contains(event.place) {
            pointAtChat(event, layout, box)
        }
        return []
    }

    private mutating func pointAtOverlay(_ event: MouseEvent) -> [ChatEffect] {
        let top = overlays.count - 1
        let down = [.wheelDown: 1, .wheelUp: -1][event.action] ?? 0
        switch overlays[top] {
        case .help(var list):
            for _ in 0..<ChatState.wheelLines where down != 0 {
                list.press(down > 0 ? .listDown : .listUp, on: size)
            }
            if event.action == .press { overlays.removeLast() } else { overlays[top] = .help(list) }
        case .probe, .blocks:
            if event.action == .press { overlays.removeLast() }
        case .picker(var picker):
            let request = picker.point(event, on: size)
            return carryOut(request, of: picker)
        }
        return []
    }

    private mutating func pointAtHeatmap(_ event: MouseEvent, _ plan: HeatmapPlan) -> [ChatEffect] {
        switch event.action {
        case .wheelUp, .wheelDown:
            let moves = (0..<ChatState.wheelLines).map { _ in
                moveInHeatmap(event.action == .wheelUp ? .tokenLeft : .tokenRight)
            }
            // A later question takes the place of an earlier one.
            return moves.last { !$0.isEmpty } ?? []
        case .press:
            focus = .heatmap
            guard let (ordinal, block) = plan.cell(at: event.place) else { return [] }
            inspector.token = ordinal == heatmap.ordinals.last ? nil : ordinal
            if event.place.row < plan.turnRow { inspector.block = block }
        case .drag, .release: break
        }
        return []
    }

    private mutating func pointAtChat(_ event: MouseEvent, _ layout: Layout, _ box: Rect) {
        switch event.action {
        case .wheelUp: chat.scroll(by: ChatState.wheelLines, layout.chat)
        case .wheelDown: chat.scroll(by: -ChatState.wheelLines, layout.chat)
        case .press:
            // Where the panes change places with the focus, what is under the mouse changes, too.
            write()
            guard Layout(self) == layout else { return }
            let top = box.origin.row + box.size.rows - 1 - layout.composerRows
            if event.place.row >= top {
                let text = ComposerLayout(composer, columns: layout.composerTextColumns)
                let first = max(0, min(text.cursor.row, text.rows.count - 1) - layout.composerRows + 1)
                let column = event.place.column - box.origin.column - 4
                composer.move(to: text.position(row: event.place.row - top + first, column: column))
            } else if let mark = chat.mark(at: event.place, in: box, layout.chat) {
                chat.selection = Selection(anchor: mark, end: mark)
            }
        case .drag, .release: break
        }
    }

    /// Goes on marking text; letting go of the button copies what is marked.
    private mutating func select(_ event: MouseEvent, _ layout: Layout) -> [ChatEffect] {
        guard let box = layout.chatBox else { return [] }
        // Beyond the pane's edges what lies there comes into sight.
        if event.place.row <= box.origin.row {
            chat.scroll(by: 1, layout.chat)
        } else if event.place.row > box.origin.row + layout.chat.rows {
            chat.scroll(by: -1, layout.chat)
        }
        if let mark = chat.mark(at: event.place, in: box, layout.chat) { chat.selection?.end = mark }
        guard event.action == .release, let selection = chat.selection else { return [] }
        let text = selection.text(of: chat.items) { layout.chat.lines(of: $0, in: chat) }
        guard !text.isEmpty else {
            chat.selection = nil
            return []
        }
        return copy(text: text, "what is marked")
    }
}

// MARK: Messages and commands

extension ChatState {
    /// Takes Enter in the composer: sends a message or carries out a command. What cannot be done now stays in the
    /// composer.
    private mutating func submit() -> [ChatEffect] {
        let text = composer.text.trimmed
        guard !text.isEmpty else { return [] }
        do {
            switch try CommandTable.read(text) {
            case .message(let message):
                composer.send()
                guard !isReplying else {
                    chat.sayNext(message)
                    return []
                }
                return say(message)
            case .command(let command, let mayInterrupt):
                guard !isReplying || mayInterrupt else { return refuseWhileReplying() }
                composer.send()
                // A warning is about what was tried before.
                notices.clear()
                return run(command)
            }
        } catch {
            show(Notice(.warning, error.hint))
            return []
        }
    }

    /// Says something and asks for the reply.
    private mutating func say(_ message: String) -> [ChatEffect] {
        let question = chat.say(message, date: date)
        return [.save(question, of: chat.conversation, trace: [])] + startReply(to: question)
    }

    private mutating func run(_ command: Command) -> [ChatEffect] {
        switch command {
        case .capacity(let capacity):
            if capacity == dial.capacity {
                show(Notice(.info, "The capacity is \(Numbers.decimal(capacity.value, 2)) already."))
            }
            return turnDial { $0.turn(to: capacity) }
        case .policy(let policy): return turnDial { $0.choose(policy) }
        case .showPolicy: show(Notice(.info, "The policy is \(dial.policy.title)."))
        case .system(let prompt):
            show(Notice(.info, "New conversation with this system prompt; the old one is in the history."))
            return startConversation(systemPrompt: prompt)
        case .showSystem:
            let prompt = chat.conversation.systemPrompt
            chat.note(prompt.map { "System prompt: \($0)" } ?? "The system prompt is the model's own.")
        case .clear:
            show(Notice(.info, "New conversation; the old one is in the history."))
            return startConversation(systemPrompt: chat.conversation.systemPrompt)
        case .retry(let capacity, let seed): return retry(at: capacity, seed: seed)
        case .edit(let number):
            guard let question = chat.edit(question: number) else {
                show(Notice(.warning, "You have not said so much yet."))
                return []
            }
            composer.replace(with: CommandTable.typed(question.text))
        case .copy(let what): return copy(what)
        case .speed(let speed): return hold(speed)
        case .compare(let one, let other, let text): return compare(at: [one, other], text)
        case .set(let setting, let value): return set(setting, to: value)
        case .settings(let words): return openPicker(.settings, words)
        case .goOn: return goOn()
        case .open(let words): return openPicker(.conversations, words)
        case .raw:
            chat.toggleSource()
            show(
                Notice(
                    .info,
                    chat.showsSource
                        ? "Replies are shown as they were written; /raw again shows Markdown."
                        : "Replies are shown as Markdown."))
        case .undo:
            guard let taken = chat.undo() else {
                show(Notice(.warning, "There is nothing to take back."))
                return []
            }
            if taken.role == .user { composer.replace(with: CommandTable.typed(taken.text)) }
            return [.moveHead(of: chat.conversation)] + followBranch()
        case .save(let path):
            guard !chat.conversation.isEmpty else {
                show(Notice(.warning, "There is nothing to save yet."))
                return []
            }
            return [.exportTranscript(text: transcript(for: path), path: path)]
        case .quit: return leave()
        case .help: overlays.append(.help(HelpList()))
        }
        return []
    }

    /// The conversation as a file of this name is to have it: JSON with all versions, a page of HTML, or else Markdown.
    private func transcript(for path: String?) -> String {
        let title = Title.of(chat.conversation.branch.first?.text ?? "")
        switch path?.lowercased() {
        case let name? where name.hasSuffix(".json"):
            let dates = chat.conversation.messages.map(\.date)
            return ConversationDocument(
                chat.conversation, title: title, modelName: model.name, created: dates.min() ?? date,
                updated: dates.max() ?? date
            ).json
        case let name? where name.hasSuffix(".html"):
            return HTMLTranscript.text(of: chat.conversation, modelName: model.name, title: title)
        default: return MarkdownTranscript.text(of: chat.conversation, modelName: model.name)
        }
    }

    /// Holds a speed by the capacity, or no longer does.
    private mutating func hold(_ speed: Double?) -> [ChatEffect] {
        guard dial.isRouted || speed == nil else {
            show(Notice(.warning, "This model has no depth routers: no capacity changes its speed."))
            return []
        }
        heldSpeed = speed
        show(
            Notice(
                .info,
                speed.map {
                    "The capacity moves so that \(Numbers.decimal($0, 0)) tokens/s come; /speed off ends it."
                }
                    ?? "The capacity stays where it is."))
        return speed == nil ? [.holdSpeed(nil), .setCapacity(dial.capacity)] : [.holdSpeed(speed)]
    }

    /// Gives a setting another value in this chat.
    private mutating func set(_ setting: Setting, to value: SettingValue) -> [ChatEffect] {
        settings.set(setting, to: value)
        var effects: [ChatEffect] = []
        switch setting {
        case _ where sampling.take(setting, from: settings): break
        case .capacity:
            if let capacity = settings.number(setting).flatMap(Capacity.init) {
                return turnDial { $0.turn(to: capacity) }
            }
        case .window:
            if case .budget = dial.policy {
                let window = settings.integer(.window) ?? RoutingPolicy.defaultWindow
                return turnDial { $0.choose(.budget(window: window)) }
            }
        case .policy:
            let window = settings.integer(.window) ?? RoutingPolicy.defaultWindow
            let policies: [String: RoutingPolicy] = [
                "held": .held, "table": .table, "budget": .budget(window: window),
            ]
            if let policy = settings.text(.policy).flatMap({ policies[$0] }) {
                return turnDial { $0.choose(policy) }
            }
        case .theme: chooseTheme()
        case .tint: effects = tint == .settled ? settle() : []
        case .mouse: effects = [.setMouse(settings.flag(setting) ?? true)]
        default:
            show(
                Notice(
                    .info,
                    "\(setting.name) counts from the next start on: fathom config set \(setting.name) \(value)"
                ))
            return []
        }
        show(Notice(.info, "\(setting.name) is \(value) in this chat; fathom config set makes it last."))
        return effects
    }

    private var glyphs: Glyphs { Glyphs(appearance.glyphs) }

    private mutating func copy(_ what: Copied) -> [ChatEffect] {
        guard let text = chat.text(of: what) else {
            show(Notice(.warning, "There is nothing of that kind to copy."))
            return []
        }
        return copy(text: text, what.name)
    }

    private mutating func copy(text: String, _ name: String) -> [ChatEffect] {
        guard text.utf8.count <= Clipboard.longest else {
            show(Notice(.warning, "That is too long for a terminal's clipboard; /save writes it to a file."))
            return []
        }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).count
        show(
            Notice(
                .info,
                "Copied \(lines == 1 ? "a line" : "\(lines) lines"), \(name), where the terminal allows it."))
        return [.copy(text)]
    }

    /// Makes the newest reply anew, beside the one there is; where the conversation ends with a question, makes the
    /// reply that is missing.
    private mutating func retry(at capacity: Capacity?, seed: UInt64?) -> [ChatEffect] {
        guard let turn = chat.conversation.lastTurn, let question = turn.question else {
            show(Notice(.warning, "There is no reply to make anew yet."))
            return []
        }
        if capacity != nil, !dial.isRouted { return turnDial { $0.turn(to: .dense) } }
        let turned = capacity.map { capacity in turnDial { $0.turn(to: capacity) } } ?? []
        if let seed { sampling.seed = seed }
        let effects = turned + startReply(to: question.id)
        if !turned.isEmpty {
            show(
                Notice(
                    .info, "The capacity stays at \(Numbers.decimal(dial.capacity.value, 2)) from here on."))
        }
        return effects
    }

    /// Goes on with the newest reply where it was cut short, beside what there is of it.
    private mutating func goOn() -> [ChatEffect] {
        guard let turn = chat.conversation.lastTurn, let question = turn.question, let reply = turn.reply
        else {
            show(Notice(.warning, "There is no reply to go on with."))
            return []
        }
        return startReply(to: question.id, continuing: reply.text)
    }

    private mutating func startReply(to question: Message.ID, continuing start: String = "") -> [ChatEffect] {
        let (id, asked) = chat.startReply(to: question, continuing: start, sampling: sampling, date: date)
        defer { sampling.seed &+= 1 }
        endReplay()
        // The map follows what comes.
        inspector.token = nil
        heatmap.show(asked.branch)
        heatmap.beginTurn(of: chat.reply?.message)
        // The notice was about what came before; "stopping the reply" would be wrong from here on.
        notices.clear()
        return [.generate(id, conversation: asked, continuing: start, sampling: sampling)]
    }

    /// Begins another conversation.
    private mutating func startConversation(systemPrompt: String?) -> [ChatEffect] {
        show(Conversation(systemPrompt: systemPrompt), contextTokens: 0)
        return [.startConversation]
    }

    private mutating func show(_ conversation: Conversation, contextTokens: Int) {
        traceRequest += 1
        chat.show(conversation, contextTokens: contextTokens)
        heatmap.clear()
        inspector.token = nil
    }

    /// Shows a conversation of an earlier session in place of the present one.
    fileprivate mutating func restore(
        _ conversation: Conversation, traces: [Message.ID: [TracedToken]], contextTokens: Int
    ) {
        guard !isReplying else { return }
        show(conversation, contextTokens: contextTokens)
        heatmap.learn(traces)
        heatmap.show(conversation.branch)
    }
}

// MARK: Replies

extension ChatState {
    /// Takes in an event of the reply under way, and none of another.
    fileprivate mutating func receive(_ event: GenerationEvent) -> [ChatEffect] {
        if let reply = comparison?.reply, event.reply == reply { return receiveComparison(event) }
        guard event.reply == chat.reply?.id else { return [] }
        chat.receive(event, heatmap.receive(event), at: now)
        switch event.kind {
        case .token(let token) where heldSpeed != nil:
            // The engine moves the capacity, and the dial shows it.
            _ = dial.turn(to: token.capacity)
            return []
        case .finished(let reason, _): return finish(reason)
        case .failed(let error): return fail(error)
        case .droppedOldestMessages, .prompt, .token: return []
        }
    }

    private mutating func finish(_ reason: FinishReason) -> [ChatEffect] {
        let effects = endReply(interrupted: reason == .cancelled)
        switch reason {
        case .endOfTurn where chat.conversation.head?.text.isEmpty == true:
            chat.note("The model said nothing; /retry asks again.")
        case .endOfTurn, .cancelled: break
        case .length: chat.note("The reply reached its longest length; /continue for more.")
        case .contextFull: chat.note("The context is full; /clear starts afresh.")
        }
        guard let next = chat.takeNext() else {
            return effects + (tint == .settled || heatmap.mode == .settled ? settle() : [])
        }
        return effects + say(next)
    }

    private mutating func fail(_ error: EngineError) -> [ChatEffect] {
        let effects = endReply(interrupted: true)
        defer {
            show(Notice(.error, [error.description, error.remedy].compactMap { $0 }.joined(separator: " ")))
        }
        // What was to be said after the reply goes back to where it can be changed.
        var back = chat.takeQueue()
        defer { putBack(back) }
        guard let question = chat.conversation.head, question.role == .user else { return effects }
        switch error {
        case .promptTooLong, .busy:
            // The model never saw the message.
            chat.refuse(question.id)
            back.insert(question.text, at: 0)
            return effects + [.forget(question.id), .moveHead(of: chat.conversation)]
        case .model, .noPrediction:
            chat.note("No reply came; /retry asks again.")
            return effects
        }
    }

    /// Ends the turn; what came of the reply is to be kept, unless nothing did.
    private mutating func endReply(interrupted: Bool) -> [ChatEffect] {
        guard chat.reply != nil else { return [] }
        let reply = chat.endReply(interrupted: interrupted, capacity: dial.capacity.value)
        heatmap.endTurn(of: reply?.message)
        guard let reply else {
            followBranch()
            return []
        }
        return [.save(reply.message, of: chat.conversation, trace: reply.trace)]
    }

    /// Ends the chat; a reply under way is stopped, and what has come of it is stored.
    fileprivate mutating func leave() -> [ChatEffect] {
        if comparison != nil { return endComparison() + [.quit] }
        let stopping: [ChatEffect] = chat.stopReply() ? [.cancelGeneration] : []
        return stopping + endReply(interrupted: true) + [.quit]
    }
}
