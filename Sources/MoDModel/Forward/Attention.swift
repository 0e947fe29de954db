import CInt8Kernels

extension Worker {
    private var headLength: Int { pass.configuration.headLength }
    private var partialLength: Int { int8_partial_length(headLength) }
    /// Query heads of one key and value head (grouped-query attention, arXiv 2305.13245).
    private var headsPerKV: Int { pass.configuration.headCount / pass.configuration.kvHeadCount }

    /// Attention of a block's processed tokens, each over the slots up to its own.
    func attend(_ block: Int, _ rows: ProcessedRows) {
        if isReplicated {
            attendAlone(block: block)
        } else {
            attendChunk(block: block, rows)
        }
    }

    /// Attention of a chunk. A thread takes tile after tile of tokens of one key and value head through all spans; the
    /// threads take turns, since later tokens look at more.
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

    /// Attention of a tile of tokens, for the query heads of one key and value head, span by span.
    ///
    /// - Parameter tokens: the tokens' places among the processed.
    private func attendTile(_ tokens: Range<Int>, of rows: ProcessedRows, kvHead: Int, block: Int) {
        let firstSlot = pass.cache.slots(block: block, position: pass.position)
        func spans(_ token: Int) -> AttentionSpans {
            AttentionSpans(
                slots: firstSlot + 1 + (pass.cache.holdsEveryToken(of: block) ? rows.token(token) : token))
        }
        let part = headsPerKV * partialLength
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
            for head in 0..<headsPerKV {
                let partials = own.partials.pointer + place * part + head * partialLength
                // What a stretch gives takes the place of what one of its own spans or an earlier one gave.
                for stretch in 0..<spans.stretchCount where spans.count > spans.stretchCount {
                    let range = spans.spans(ofStretch: stretch)
                    pass.kernels.join_spans(
                        partials + range.lowerBound * stride, range.count, stride, headLength,
                        partials + stretch * stride)
                }
                let column = (kvHead * headsPerKV + head) * headLength
                joinStretches(
                    partials, count: spans.stretchCount, stride: stride,
                    into: workspace.attention.all.view(row: token, column: column))
            }
        }
    }

    /// Attention of one token's query heads of one key and value head, over one span; meanwhile what this thread reads
    /// next is brought in.
    ///
    /// - Parameter partials: [headsPerKV][int8_partial_length], written.
    private func attendSpan(
        _ span: Int, of spans: AttentionSpans, token: Int, kvHead: Int, block: Int, next: UnsafeRawPointer,
        into partials: UnsafeMutablePointer<Float>
    ) {
        var queries = workspace.attentionInput.all.view(row: token, column: kvHead * headsPerKV * headLength)
        pass.kernels.attend(
            &queries, headsPerKV, pass.cache.span(span, block: block, head: kvHead),
            spans.slots(inSpan: span), next, headLength, 1 / Float(headLength).squareRoot(), partials)
    }

    /// Joins what attention found for one head in its stretches, and quantises it.
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

    /// Attention of a single token: the stretches are partitioned among the threads; `joinAttention` joins them.
    private func attendAlone(block: Int) {
        let spans = AttentionSpans(slots: pass.cache.slots(block: block, position: pass.position) + 1)
        let stride = pass.configuration.headCount * partialLength
        let items = partition(ofStretches: spans)
        for item in items {
            let (kvHead, stretch) = item.quotientAndRemainder(dividingBy: spans.stretchCount)
            attendStretch(
                stretch, of: spans, kvHead: kvHead, block: block,
                isLast: item + 1 == items.upperBound,
                into: workspace.partials.pointer + stretch * stride + kvHead * headsPerKV * partialLength)
        }
        own.next = beginning(of: pass.weights.blocks[block].attentionOutput)
    }

    /// Joins what attention found for a single token in its stretches, every thread for itself. A chunk's tokens are
    /// joined already.
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

    /// This thread's partition of a single token's attention: stretches, one key and value head after the other.
    private func partition(ofStretches spans: AttentionSpans) -> Range<Int> {
        partition(of: pass.configuration.kvHeadCount * spans.stretchCount)
    }

    /// Where this thread begins to read when a single token attends: in the cache, or, where its partition is empty, in
    /// the matrix that follows.
    func firstSpan(block: Int) -> UnsafeRawPointer {
        let spans = AttentionSpans(slots: pass.cache.slots(block: block, position: pass.position) + 1)
        let items = partition(ofStretches: spans)
        guard let item = items.first else { return beginning(of: pass.weights.blocks[block].attentionOutput) }
        let (kvHead, stretch) = item.quotientAndRemainder(dividingBy: spans.stretchCount)
        return UnsafeRawPointer(
            pass.cache.span(spans.spans(ofStretch: stretch).lowerBound, block: block, head: kvHead))
    }

    /// Attention of a single token over one stretch, for the query heads of one key and value head.
    ///
    /// - Parameters:
    ///   - isLast: whether it is the last stretch of this thread's partition.
    ///   - whole: [headsPerKV][int8_partial_length], written.
    private func attendStretch(
        _ stretch: Int, of spans: AttentionSpans, kvHead: Int, block: Int, isLast: Bool,
        into whole: UnsafeMutablePointer<Float>
    ) {
        let range = spans.spans(ofStretch: stretch)
        let part = headsPerKV * partialLength
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
        for head in 0..<headsPerKV where range.count > 1 {
            let place = head * partialLength
            pass.kernels.join_spans(pieces + place, range.count, part, headLength, whole + place)
        }
    }
}
