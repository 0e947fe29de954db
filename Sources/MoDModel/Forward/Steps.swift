import CInt8Kernels
import Foundation

// The steps of `Worker.forward`, in its order. Shapes are as there.

extension Worker {
    // MARK: Embedding and head

    /// Residuals of the chunk and the angles of its positions.
    func embed() {
        let half = configuration.headLength / 2
        let table = pass.weights.embedding
        for t in partition(of: tokenCount) {
            let row = table.bytes + Int(workspace.tokens.pointer[t]) * table.rowBytes
            pass.kernels.dequantize_row(row, embedding, workspace.residual.pointer + t * embedding)
            RotaryEmbedding.angles(
                position: pass.position + t, headLength: configuration.headLength,
                base: configuration.ropeBase,
                cosines: workspace.cosines.pointer + t * half, sines: workspace.sines.pointer + t * half)
        }
    }

    /// The final norm, for the tokens whose logits are wanted.
    func normResidual() {
        let first = pass.firstLogitRow
        for i in tokens(of: tokenCount - first) {
            rmsNorm(workspace.residual.pointer + (first + i) * embedding, pass.weights.outputNorm)
            quantize(own.normed.pointer, embedding, into: headInput, row: i)
        }
    }

    func logits() {
        let count = tokenCount - pass.firstLogitRow
        guard count > 0 else { return }
        multiply(pass.weights.head, headInput, count: count, into: pass.logits.pointer)
    }

    /// x [embedding] → a place of own.normed.
    private func rmsNorm(_ x: UnsafePointer<Float>, _ weight: UnsafePointer<Float>, place: Int = 0) {
        pass.kernels.rms_norm(
            x, weight, embedding, configuration.normEpsilon, own.normed.pointer + place * embedding)
    }

    /// x [count] → a row of activations, from a column on.
    private func quantize(
        _ x: UnsafePointer<Float>, _ count: Int, into out: Activations, row: Int, column: Int = 0
    ) {
        var view = out.view(row: row, column: column)
        pass.kernels.quantize(x, count, 0, &view)
    }

    // MARK: Routing

    /// Whether a score decides about the chunk's last token, and so about any that follows the anchors.
    func needsScore(_ routed: Int?) -> Bool {
        routed != nil && pass.router.needsScore(position: pass.position + tokenCount - 1)
    }

    /// Norms and quantises this thread's tokens and takes them through the block's router: a chunk's tokens through all of
    /// it, a single token through this thread's part of the hidden units.
    func normAndScore(_ block: Int, _ weights: BlockWeights, _ routed: Int?) {
        let mine = tokens(of: tokenCount)
        for first in stride(from: mine.lowerBound, to: mine.upperBound, by: ThreadWorkspace.routingTile) {
            let tile = first..<min(first + ThreadWorkspace.routingTile, mine.upperBound)
            for t in tile {
                rmsNorm(workspace.residual.pointer + t * embedding, weights.attentionNorm, place: t - first)
                quantize(own.normed.pointer + (t - first) * embedding, embedding, into: blockInput, row: t)
            }
            guard let routed, var router = weights.router else { continue }
            let units = isReplicated ? workspace.units(routed: routed) : own.routerUnits.pointer
            let some = isReplicated ? partition(of: router.hidden) : 0..<router.hidden
            pass.kernels.router_units(
                &router, own.normed.pointer, tile.count, embedding, some.lowerBound, some.upperBound, units)
            for t in tile where !isReplicated {
                workspace.scores.pointer[routed * tokenCount + t] = pass.kernels.router_score(
                    &router, units + (t - first) * router.hidden)
            }
        }
    }

    /// Decides, and lists what is processed; every thread for itself, thread 0 for the trace too.
    func route(_ block: Int, _ routed: Int?) -> ProcessedRows {
        let decisions = own.decisions.pointer
        if let routed {
            var scores = UnsafePointer(workspace.scores.pointer + routed * tokenCount)
            if isReplicated {
                own.score.pointer[0] = needsScore(routed) ? score(routed) : 0
                scores = UnsafePointer(own.score.pointer)
            }
            let records = thread == 0
            if records, isReplicated { workspace.scores.pointer[routed] = scores[0] }
            pass.router.decide(
                block: routed, position: pass.position, count: tokenCount, scores: scores, into: decisions,
                recording: records ? workspace.thresholds.pointer + routed * tokenCount : nil)
        } else {
            decisions.update(repeating: RoutingDecision(grade: .full, reason: .dense), count: tokenCount)
        }
        if thread == 0 {
            (workspace.decisions.pointer + block * tokenCount).update(from: decisions, count: tokenCount)
            pass.cache.record(block: block, position: pass.position, decisions, count: tokenCount)
        }
        return own.rows.list(decisions, count: tokenCount)
    }

    /// A single token's score, from the units that all threads computed.
    private func score(_ routed: Int) -> Float {
        guard var router = pass.weights.blocks[configuration.routing.blocks[routed]].router else { return 0 }
        return pass.kernels.router_score(&router, workspace.units(routed: routed))
    }

    /// Notes a single token's score where none was needed, for the trace.
    func noteScore(_ routed: Int?) {
        guard let routed, isReplicated, thread == 0, !needsScore(routed) else { return }
        workspace.scores.pointer[routed] = score(routed)
    }

    // MARK: Keys, values and queries

    /// - Parameter rows: the tokens that get one; nil: all.
    func keys(_ block: Int, _ weights: BlockWeights, of rows: ProcessedRows?) {
        let count = rows?.count ?? tokenCount
        let firstSlot = pass.cache.slots(block: block, position: pass.position)
        let buffer = workspace.keyValue.pointer
        tally(.key, block, weights.key, tokens: count)
        let mine = multiply(weights.key, blockInput, rows: rows?.tokens, count: count, into: buffer)
        for i in 0..<count {
            rotate(buffer + i * weights.key.rows, rows: mine, token: rows?.token(i) ?? i)
            store(
                buffer + i * weights.key.rows, rows: mine, block: block, slot: firstSlot + i,
                with: pass.kernels.store_key)
        }
    }

    /// - Parameter rows: the tokens that get one; nil: all.
    func values(_ block: Int, _ weights: BlockWeights, of rows: ProcessedRows?) {
        let count = rows?.count ?? tokenCount
        let firstSlot = pass.cache.slots(block: block, position: pass.position)
        let buffer = workspace.keyValue.pointer
        tally(.value, block, weights.value, tokens: count)
        let mine = multiply(weights.value, blockInput, rows: rows?.tokens, count: count, into: buffer)
        for i in 0..<count {
            store(
                buffer + i * weights.value.rows, rows: mine, block: block, slot: firstSlot + i,
                with: pass.kernels.store_value)
        }
    }

    func queries(_ block: Int, _ weights: BlockWeights, of rows: ProcessedRows) {
        tally(.query, block, weights.query, tokens: rows.count)
        let mine = multiply(
            weights.query, blockInput, rows: rows.tokens, count: rows.count, into: workspace.query.pointer,
            next: isReplicated ? firstSpan(block: block) : nil)
        for i in 0..<rows.count {
            let query = workspace.query.pointer + i * weights.query.rows
            rotate(query, rows: mine, token: rows.token(i))
            quantize(
                query + mine.lowerBound, mine.count, into: workspace.attentionInput.all, row: i,
                column: mine.lowerBound)
        }
    }

    /// Rotates this thread's rows of one token's concatenated heads, a group of 32 at a time: a group never
    /// crosses a head.
    private func rotate(_ heads: UnsafeMutablePointer<Float>, rows: Range<Int>, token: Int) {
        let headLength = configuration.headLength
        let unit = Int(INT8_GROUP)
        for row in stride(from: rows.lowerBound, to: rows.upperBound, by: unit) {
            let angle = token * (headLength / 2) + row % headLength / 2
            pass.kernels.rotate_pairs(
                heads + row, unit, workspace.cosines.pointer + angle, workspace.sines.pointer + angle)
        }
    }

    /// Stores this thread's rows of one token's concatenated heads in the cache, a group of 32 at a time.
    private func store(
        _ heads: UnsafePointer<Float>, rows: Range<Int>, block: Int, slot: Int,
        with kernel: (UnsafePointer<Float>?, Int, Int, Int, UnsafeMutableRawPointer?) -> Void
    ) {
        let headLength = configuration.headLength
        let (span, place) = slot.quotientAndRemainder(dividingBy: AttentionSpans.length)
        for row in stride(from: rows.lowerBound, to: rows.upperBound, by: Int(INT8_GROUP)) {
            let (head, first) = row.quotientAndRemainder(dividingBy: headLength)
            kernel(heads + row, headLength, first, place, pass.cache.span(span, block: block, head: head))
        }
    }

    // MARK: Output and feed-forward

    /// hidden = residual + Wo · attention.
    func attentionOutput(_ block: Int, _ weights: BlockWeights, of rows: ProcessedRows) {
        tally(.attentionOutput, block, weights.attentionOutput, tokens: rows.count)
        let mine = multiply(
            weights.attentionOutput, attention, count: rows.count, into: workspace.projection.pointer,
            next: rows.fullCount == 0 ? weights.thinFeedForward.map { beginning(of: $0.gate) } : nil)
        for i in 0..<rows.count {
            let residual = workspace.residual.pointer + rows.token(i) * embedding
            let projection = workspace.projection.pointer + i * embedding
            let hidden = workspace.hidden.pointer + i * embedding
            for r in mine {
                hidden[r] = residual[r] + projection[r]
            }
        }
    }

    func normHidden(_ weights: BlockWeights, of rows: ProcessedRows) {
        for i in tokens(of: rows.count) {
            rmsNorm(workspace.hidden.pointer + i * embedding, weights.feedForwardNorm)
            quantize(own.normed.pointer, embedding, into: feedForwardInput, row: i)
        }
    }

    /// silu(Wg · x) · (Wu · x), quantised, for the tokens of one grade.
    func gateAndUp(_ block: Int, _ part: FeedForwardPart) {
        guard part.count > 0 else { return }
        let weights = part.weights
        let gates = workspace.gate.pointer + part.first * configuration.feedForwardLength
        let ups = workspace.up.pointer + part.first * configuration.feedForwardLength
        let activations = workspace.feedForward.rows(from: part.first, columns: weights.length)
        tally(.gate, block, weights.gate, tokens: part.count)
        let mine = multiply(weights.gate, feedForwardInput, rows: part.rows, count: part.count, into: gates)
        tally(.up, block, weights.up, tokens: part.count)
        multiply(weights.up, feedForwardInput, rows: part.rows, count: part.count, into: ups)
        for i in 0..<part.count {
            let start = i * weights.length + mine.lowerBound
            pass.kernels.swiglu(gates + start, ups + start, mine.count, gates + start)
            quantize(gates + start, mine.count, into: activations, row: i, column: mine.lowerBound)
        }
    }

    /// residual = hidden + Wd · feedForward, or, with the scaled gate, residual + σ(s) · (hidden + Wd · feedForward −
    /// residual), for the tokens of one grade.
    func down(_ block: Int, _ part: FeedForwardPart, of rows: ProcessedRows, _ routed: Int?) {
        guard part.count > 0 else { return }
        let projections = workspace.projection.pointer + part.first * embedding
        tally(.down, block, part.weights.down, tokens: part.count)
        let mine = multiply(
            part.weights.down, workspace.feedForward.rows(from: part.first, columns: part.weights.length),
            count: part.count, into: projections)
        for i in 0..<part.count {
            let row = Int(part.rows[i])
            let token = rows.token(row)
            let residual = workspace.residual.pointer + token * embedding
            let projection = projections + i * embedding
            let hidden = workspace.hidden.pointer + row * embedding
            if let routed, configuration.routing.gate == .scaled {
                let scale = 1 / (1 + exp(-workspace.scores.pointer[routed * tokenCount + token]))
                for r in mine {
                    residual[r] += scale * (hidden[r] + projection[r] - residual[r])
                }
            } else {
                for r in mine {
                    residual[r] = hidden[r] + projection[r]
                }
            }
        }
    }
}
