/// What a key makes the chat do. `KeyTable` says which key does it where.
enum Action: Sendable, Hashable {
    // Anywhere
    case raiseCapacity, lowerCapacity, scrollUp, scrollDown, interrupt, redraw, toggleHelp, pickConversation
    // In the composer
    case send, newLine, completeOrInspect, stop, copyReply, previousVersion, nextVersion
    case undoEdit, redoEdit, edit, searchHistory
    case rowUp, rowDown, left, right, wordLeft, wordRight, lineStart, lineEnd
    case deleteLeft, deleteRight, deleteRightOrLeave, deleteWordLeft, deleteWordRight, deleteToSpace,
        deleteToLineStart,
        deleteToLineEnd
    // In the heatmap
    case toggleDense, look, inspectBlocks, nextMode, zoomIn, zoomOut, nextTint, replay, write, tokenLeft,
        tokenRight,
        tenTokensLeft,
        tenTokensRight,
        oldestToken, newestToken,
        blockUp,
        blockDown
    // In a list over the screen
    case listUp, listDown, listPageUp, listPageDown
    // In a list to choose from
    case choose, close, pin, rename, delete, undelete
}

/// Where a key means something.
enum Scope: Sendable, Hashable {
    /// Whatever has the focus.
    case anywhere
    /// In the text that is being written.
    case composer
    /// In the heatmap and the inspector below it.
    case heatmap
    /// In the list of keys, while it covers the screen.
    case help
    /// In a list to choose from.
    case list
    /// In the list of conversations.
    case conversations
}
