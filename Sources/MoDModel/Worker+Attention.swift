import CInt8Kernels

extension Worker {
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
        func spans(_ token: Int) -> AttentionSpans {
            AttentionSpans(
                slots: firstSlot + 1 + (everyTokenHasKV ? Int(own.processedRows.pointer[token]) : token))
        }
        let part = groupSize * partialLength
        let stride = ThreadWorkspace.attentionTile * part
        for span in 0..<spans(tokens.upperBound - 1).count {
            for (place, token) in tokens.enumerated() where span < spans(token).count {
                attend(
                    token, kvHead: kvHead, span: span, of: spans(token), next: (kvHead, span + 1),
                    block: block,
                    into: own.partials.pointer + span * stride + place * part)
            }
        }
        for (place, token) in tokens.enumerated() {
            let spans = spans(token)
            for head in 0..<groupSize {
                let partials = own.partials.pointer + place * part + head * partialLength
                // A stretch takes the place of one of its own spans or an earlier one.
                for stretch in 0..<spans.stretchCount where spans.count > spans.stretchCount {
                    let range = spans.spans(ofStretch: stretch)
                    pass.kernels.join_spans(
                        partials + range.lowerBound * stride, range.count, stride, headLength,
                        partials + stretch * stride)
                }
                let column = (kvHead * groupSize + head) * headLength
                joinStretches(
                    partials, count: spans.stretchCount, stride: stride,
                    into: workspace.attention.view(token: token, column: column))
            }
        }
    }

    /// The query heads of one token that share a key and value head, over one span; the span that this thread takes
    /// next is brought in meanwhile.
    private func attend(
        _ token: Int, kvHead: Int, span: Int, of spans: AttentionSpans, next: (kvHead: Int, span: Int),
        block: Int, into partials: UnsafeMutablePointer<Float>
    ) {
        let slot = span * AttentionSpans.length
        let nextSlot = next.span * AttentionSpans.length
        var queries = workspace.attentionInput.view(token: token, column: kvHead * groupSize * headLength)
        pass.kernels.attend(
            &queries, groupSize, pass.cache.keys(block: block, head: kvHead, slot: slot),
            pass.cache.values(block: block, head: kvHead, slot: slot), spans.slots(inSpan: span),
            pass.cache.keys(block: block, head: next.kvHead, slot: nextSlot),
            pass.cache.values(block: block, head: next.kvHead, slot: nextSlot), headLength,
            1 / Float(headLength).squareRoot(), partials)
    }

    /// One head's stretches together, quantised.
    private func joinStretches(
        _ partials: UnsafePointer<Float>, count: Int, stride: Int, into view: int8_activations
    ) {
        let head = own.head.pointer
        pass.kernels.join_spans(partials, count, stride, headLength, head)
        let inverse = 1 / head[headLength + 1]
        for column in 0..<headLength {
            head[column] *= inverse
        }
        var view = view
        pass.kernels.quantize(head, headLength, 0, &view)
    }

    /// Attention of a single token: the threads share the stretches, then each puts all of them together for itself.
    func attendAlone(block: Int) {
        let spans = AttentionSpans(slots: pass.cache.slots(block: block, position: pass.position) + 1)
        let headCount = pass.configuration.headCount
        let stride = headCount * partialLength
        let part = groupSize * partialLength
        for item in share(of: pass.configuration.kvHeadCount * spans.stretchCount) {
            let (kvHead, stretch) = item.quotientAndRemainder(dividingBy: spans.stretchCount)
            let range = spans.spans(ofStretch: stretch)
            let whole = workspace.partials.pointer + stretch * stride + kvHead * part
            let pieces = range.count == 1 ? whole : own.partials.pointer
            for span in range {
                let isLast = span + 1 == spans.count
                attend(
                    0, kvHead: kvHead, span: span, of: spans,
                    next: isLast ? (kvHead + 1, 0) : (kvHead, span + 1), block: block,
                    into: pieces + (span - range.lowerBound) * part)
            }
            for head in 0..<groupSize where range.count > 1 {
                let place = head * partialLength
                pass.kernels.join_spans(pieces + place, range.count, part, headLength, whole + place)
            }
        }
        meet()
        for head in 0..<headCount {
            joinStretches(
                workspace.partials.pointer + head * partialLength, count: spans.stretchCount, stride: stride,
                into: own.attention.view(column: head * headLength))
        }
    }
}
