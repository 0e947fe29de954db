import CInt8Kernels

extension Worker {
    private var spanLength: Int { Int(INT8_ATTENTION_SPAN) }
    private var headLength: Int { pass.configuration.headLength }
    private var partialLength: Int { int8_partial_length(headLength) }
    /// Query heads that share a key and value head.
    private var groupSize: Int { pass.configuration.headCount / pass.configuration.kvHeadCount }

    /// Attention of the processed tokens over all slots up to their own. A thread takes a few tokens of one key and
    /// value head through all spans; the threads take turns, since later tokens look at more.
    func attendChunk(block: Int, processed: Int, everyTokenHasKV: Bool) {
        let tile = ThreadWorkspace.attentionTile
        let kvHeadCount = pass.configuration.kvHeadCount
        let items = (processed + tile - 1) / tile * kvHeadCount
        for item in stride(from: thread, to: items, by: threadCount) {
            let (index, kvHead) = item.quotientAndRemainder(dividingBy: kvHeadCount)
            let tokens = index * tile..<min((index + 1) * tile, processed)
            attend(tokens, kvHead: kvHead, block: block, everyTokenHasKV: everyTokenHasKV)
        }
        meet()
    }

    private func attend(_ tokens: Range<Int>, kvHead: Int, block: Int, everyTokenHasKV: Bool) {
        let firstSlot = pass.cache.slots(block: block, position: pass.position)
        func slots(_ token: Int) -> Int {
            firstSlot + 1 + (everyTokenHasKV ? Int(own.processedRows.pointer[token]) : token)
        }
        let partials = own.partials.pointer
        let part = groupSize * partialLength
        let stride = ThreadWorkspace.attentionTile * part
        let most = slots(tokens.upperBound - 1)
        for span in 0..<(most + spanLength - 1) / spanLength {
            for (place, token) in tokens.enumerated() where slots(token) > span * spanLength {
                attend(
                    token, kvHead: kvHead, span: span, slots: slots(token), block: block,
                    into: partials + span * stride + place * part)
            }
        }
        for (place, token) in tokens.enumerated() {
            let spans = (slots(token) + spanLength - 1) / spanLength
            for head in 0..<groupSize {
                let partial = partials + place * part + head * partialLength
                pass.kernels.join_spans(partial, spans, stride, headLength, own.head.pointer)
                let column = (kvHead * groupSize + head) * headLength
                var view = workspace.attention.view(token: token, column: column)
                pass.kernels.quantize(own.head.pointer, headLength, 0, &view)
            }
        }
    }

    /// The query heads of one token that share a key and value head, over one span; `following` slots of the next
    /// are this thread's, too.
    private func attend(
        _ token: Int, kvHead: Int, span: Int, slots: Int, following: Int = 0, block: Int,
        into partials: UnsafeMutablePointer<Float>
    ) {
        let first = span * spanLength
        pass.kernels.attend(
            workspace.query.pointer + token * pass.configuration.queryLength + kvHead * groupSize
                * headLength,
            groupSize, pass.cache.keys(block: block, head: kvHead, slot: first),
            pass.cache.values(block: block, head: kvHead, slot: first), min(slots - first, spanLength),
            following, headLength, 1 / Float(headLength).squareRoot(), partials)
    }

    /// Attention of a single token: the threads share the spans, then each puts all of them together for itself.
    func attendAlone(block: Int) {
        let slots = pass.cache.slots(block: block, position: pass.position) + 1
        let spans = (slots + spanLength - 1) / spanLength
        let headCount = pass.configuration.headCount
        let stride = headCount * partialLength
        let items = share(of: pass.configuration.kvHeadCount * spans)
        for item in items {
            let (kvHead, span) = item.quotientAndRemainder(dividingBy: spans)
            let rest = item + 1 < items.upperBound ? max(slots - (span + 1) * spanLength, 0) : 0
            attend(
                0, kvHead: kvHead, span: span, slots: slots, following: min(rest, spanLength), block: block,
                into: workspace.partials.pointer + span * stride + kvHead * groupSize * partialLength)
        }
        meet()
        for head in 0..<headCount {
            pass.kernels.join_spans(
                workspace.partials.pointer + head * partialLength, spans, stride, headLength, own.head.pointer
            )
            var view = own.attention.view(column: head * headLength)
            pass.kernels.quantize(own.head.pointer, headLength, 0, &view)
        }
    }
}
