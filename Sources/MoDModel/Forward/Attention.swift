import CInt8Kernels

extension Worker {
    private var headLength: Int { pass.configuration.headLength }
    private var partialLength: Int { int8_partial_length(headLength) }
    /// Query heads that share a key and value head.
    private var groupSize: Int { pass.configuration.headCount / pass.configuration.kvHeadCount }

    /// Attention of the processed tokens over all slots up to their own.
    func attend(_ block: Int, _ rows: ProcessedRows) {
        if isReplicated {
            attendAlone(block: block)
        } else {
            attendChunk(block: block, rows)
        }
    }

    /// A thread takes a few tokens of one key and value head through all spans; the threads take turns, since later tokens
    /// look at more.
    private func attendChunk(block: Int, _ rows: ProcessedRows) {
        let tile = ThreadWorkspace.attentionTile
        let kvHeadCount = pass.configuration.kvHeadCount
        let items = (rows.count + tile - 1) / tile * kvHeadCount
        for item in stride(from: thread, to: items, by: threadCount) {
            let (index, kvHead) = item.quotientAndRemainder(dividingBy: kvHeadCount)
            let places = index * tile..<min((index + 1) * tile, rows.count)
            attendTile(places, of: rows, kvHead: kvHead, block: block)
        }
    }

    /// - Parameter tokens: places among the processed.
    private func attendTile(_ tokens: Range<Int>, of rows: ProcessedRows, kvHead: Int, block: Int) {
        let firstSlot = pass.cache.slots(block: block, position: pass.position)
        func spans(_ token: Int) -> AttentionSpans {
            AttentionSpans(
                slots: firstSlot + 1 + (pass.cache.holdsEveryToken(of: block) ? rows.token(token) : token))
        }
        let part = groupSize * partialLength
        let stride = ThreadWorkspace.attentionTile * part
        for span in 0..<spans(tokens.upperBound - 1).count {
            let next = UnsafeRawPointer(pass.cache.span(span + 1, block: block, head: kvHead))
            for (place, token) in tokens.enumerated() where span < spans(token).count {
                attendSpan(
                    span, of: spans(token), token: token, kvHead: kvHead, block: block, next: next,
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
                    into: workspace.attention.all.view(row: token, column: column))
            }
        }
    }

    /// The query heads of one token that share a key and value head, over one span; what this thread reads next is
    /// brought in meanwhile.
    private func attendSpan(
        _ span: Int, of spans: AttentionSpans, token: Int, kvHead: Int, block: Int, next: UnsafeRawPointer,
        into partials: UnsafeMutablePointer<Float>
    ) {
        var queries = workspace.attentionInput.all.view(row: token, column: kvHead * groupSize * headLength)
        pass.kernels.attend(
            &queries, groupSize, pass.cache.span(span, block: block, head: kvHead),
            spans.slots(inSpan: span), next, headLength, 1 / Float(headLength).squareRoot(), partials)
    }

    /// One head's stretches together, quantised.
    private func joinStretches(
        _ partials: UnsafePointer<Float>, count: Int, stride: Int, into view: int8_activations
    ) {
        let head = own.head.pointer
        pass.kernels.join_spans(partials, count, stride, headLength, head)
        let inverse = 1 / head[headLength + Int(INT8_PARTIAL_SUM)]
        for column in 0..<headLength {
            head[column] *= inverse
        }
        var view = view
        pass.kernels.quantize(head, headLength, 0, &view)
    }

    /// Attention of a single token: the threads share the stretches, which `joinAttention` puts together.
    private func attendAlone(block: Int) {
        let spans = AttentionSpans(slots: pass.cache.slots(block: block, position: pass.position) + 1)
        let stride = pass.configuration.headCount * partialLength
        let items = partOfStretches(spans)
        for item in items {
            let (kvHead, stretch) = item.quotientAndRemainder(dividingBy: spans.stretchCount)
            attendStretch(
                stretch, of: spans, kvHead: kvHead, block: block,
                isLast: item + 1 == items.upperBound,
                into: workspace.partials.pointer + stretch * stride + kvHead * groupSize * partialLength)
        }
        own.next = beginning(of: pass.weights.blocks[block].attentionOutput)
    }

    /// Puts a single token's stretches together, every thread for itself; a chunk's tokens are whole already.
    func joinAttention(_ block: Int) {
        guard isReplicated else { return }
        let spans = AttentionSpans(slots: pass.cache.slots(block: block, position: pass.position) + 1)
        let stride = pass.configuration.headCount * partialLength
        for head in 0..<pass.configuration.headCount {
            joinStretches(
                workspace.partials.pointer + head * partialLength, count: spans.stretchCount, stride: stride,
                into: own.attention.all.view(column: head * headLength))
        }
    }

    /// What this thread attends to of a single token: stretches of one head after the other.
    private func partOfStretches(_ spans: AttentionSpans) -> Range<Int> {
        partition(of: pass.configuration.kvHeadCount * spans.stretchCount)
    }

    /// Where this thread begins to attend to a single token, or to read what follows if it has no part in it.
    func firstSpan(block: Int) -> UnsafeRawPointer {
        let spans = AttentionSpans(slots: pass.cache.slots(block: block, position: pass.position) + 1)
        let items = partOfStretches(spans)
        guard let item = items.first else { return beginning(of: pass.weights.blocks[block].attentionOutput) }
        let (kvHead, stretch) = item.quotientAndRemainder(dividingBy: spans.stretchCount)
        return UnsafeRawPointer(
            pass.cache.span(spans.spans(ofStretch: stretch).lowerBound, block: block, head: kvHead))
    }

    /// A stretch of a single token, for the query heads that share a key and value head.
    private func attendStretch(
        _ stretch: Int, of spans: AttentionSpans, kvHead: Int, block: Int, isLast: Bool,
        into whole: UnsafeMutablePointer<Float>
    ) {
        let range = spans.spans(ofStretch: stretch)
        let part = groupSize * partialLength
        let pieces = range.count == 1 ? whole : own.partials.pointer
        for span in range {
            let next: UnsafeRawPointer
            if isLast, span + 1 == range.upperBound {
                next = beginning(of: pass.weights.blocks[block].attentionOutput)
            } else if span + 1 == spans.count {
                next = UnsafeRawPointer(pass.cache.span(0, block: block, head: kvHead + 1))
            } else {
                next = UnsafeRawPointer(pass.cache.span(span + 1, block: block, head: kvHead))
            }
            attendSpan(
                span, of: spans, token: 0, kvHead: kvHead, block: block, next: next,
                into: pieces + (span - range.lowerBound) * part)
        }
        for head in 0..<groupSize where range.count > 1 {
            let place = head * partialLength
            pass.kernels.join_spans(pieces + place, range.count, part, headLength, whole + place)
        }
    }
}
