import CInt8Kernels
import Foundation

// The steps of `Worker.forward`, in its order: T tokens are in the chunk, of which a block processes R, F in full.

extension Worker {
    // MARK: Embedding and head

    /// residual [T][embedding] = the tokens' rows of the embedding; cosines, sines [T][headLength / 2] of their
    /// positions.
    func embed() {
        let half = configuration.headLength / 2
        let table = pass.weights.embedding
        for t in partition(of: tokenCount) {
            let row = table.bytes + Int(workspace.tokens.pointer[t]) * table.rowBytes
            pass.kernels.dequantize_row(row, embedding, workspace.residual.pointer + t * embedding)
            pass.weights.rotary.angles(
                position: pass.position + t,
                cosines: workspace.cosines.pointer + t * half, sines: workspace.sines.pointer + t * half)
        }
    }

    /// headInput [wanted][embedding] = the normed residual of the tokens that get logits.
    func normResidual() {
        let first = pass.firstLogitRow
        for i in tokens(of: tokenCount - first) {
            rmsNorm(workspace.residual.pointer + (first + i) * embedding, pass.weights.outputNorm)
            quantize(own.normed.pointer, embedding, into: headInput, row: i)
        }
    }

    /// logits [wanted][vocabulary] = head · headInput.
    func logits() {
        let count = tokenCount - pass.firstLogitRow
        guard count > 0 else { return }
        multiply(pass.weights.head, headInput, count: count, into: pass.logits.pointer)
    }

    /// own.normed[place] [embedding] = the RMS norm of x [embedding] (arXiv 1910.07467).
    private func rmsNorm(_ x: UnsafePointer<Float>, _ weight: UnsafePointer<Float>, place: Int = 0) {
        pass.kernels.rms_norm(
            x, weight, embedding, configuration.normEpsilon, own.normed.pointer + place * embedding)
    }

    /// Quantises x [count] into a row of activations, from a column on.
    private func quantize(
        _ x: UnsafePointer<Float>, _ count: Int, into out: Activations, row: Int, column: Int = 0
    ) {
        var view = out.view(row: row, column: column)
        pass.kernels.quantize(x, count, 0, &view)
    }

    // MARK: Routing

    /// Whether a routed block needs the score of the chunk's last token, and so of any token after the anchors; false
    /// for a block without a router.
    func needsScore(_ routed: Int?) -> Bool {
        routed != nil && pass.router.needsScore(position: pass.position + tokenCount - 1)
    }

    /// blockInput [T][embedding] = the normed residual; of a routed block also scores [T] for a chunk, or, for a single
    /// token, this thread's partition of the router's hidden units.
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

    /// Decides the grades of the chunk's tokens and lists those that are processed, every thread for itself; thread 0
    /// records the decisions, too, for the routing trace and for the cache.
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

    /// A single token's score at a routed block (its index among them), from the hidden units that all threads
    /// computed.
    private func score(_ routed: Int) -> Float {
        guard var router = pass.weights.blocks[configuration.routing.blocks[routed]].router else { return 0 }
        return pass.kernels.router_score(&router, workspace.units(routed: routed))
    }

    /// Records a single token's score for the routing trace where it was not needed before the token was routed.
    func noteScore(_ routed: Int?) {
        guard let routed, isReplicated, thread == 0, !needsScore(routed) else { return }
        workspace.scores.pointer[routed] = score(routed)
    }

    // MARK: Keys, values and queries

    /// Stores the keys, [T or R][kvLength], in the cache: Wk · blockInput + bk, normed and rotated.
    ///
    /// - Parameter rows: the tokens that get a key; nil: every token.
    func keys(_ block: Int, _ weights: BlockWeights, of rows: ProcessedRows?) {
        let count = rows?.count ?? tokenCount
        let firstSlot = pass.cache.slots(block: block, position: pass.position)
        let buffer = workspace.keyValue.pointer
        tally(.key, block, weights.key, tokens: count)
        let mine = multiply(weights.key, blockInput, rows: rows?.tokens, count: count, into: buffer)
        for i in 0..<count {
            let keys = buffer + i * weights.key.rows
            add(weights.keyBias, to: keys, rows: mine)
            norm(keys, rows: mine, weights.keyNorm)
            rotate(keys, rows: mine, token: rows?.token(i) ?? i)
            store(
                keys, rows: mine, block: block, slot: firstSlot + i,
                with: pass.kernels.store_key)
        }
    }

    /// Stores the values, [T or R][kvLength], in the cache: Wv · blockInput + bv.
    ///
    /// - Parameter rows: the tokens that get a value; nil: every token.
    func values(_ block: Int, _ weights: BlockWeights, of rows: ProcessedRows?) {
        let count = rows?.count ?? tokenCount
        let firstSlot = pass.cache.slots(block: block, position: pass.position)
        let buffer = workspace.keyValue.pointer
        tally(.value, block, weights.value, tokens: count)
        let mine = multiply(weights.value, blockInput, rows: rows?.tokens, count: count, into: buffer)
        for i in 0..<count {
            add(weights.valueBias, to: buffer + i * weights.value.rows, rows: mine)
            store(
                buffer + i * weights.value.rows, rows: mine, block: block, slot: firstSlot + i,
                with: pass.kernels.store_value)
        }
    }

    /// attentionInput [R][queryLength] = Wq · blockInput + bq, normed, rotated and quantised.
    func queries(_ block: Int, _ weights: BlockWeights, of rows: ProcessedRows) {
        tally(.query, block, weights.query, tokens: rows.count)
        let mine = multiply(
            weights.query, blockInput, rows: rows.tokens, count: rows.count, into: workspace.query.pointer,
            next: isReplicated ? firstSpan(block: block) : nil)
        for i in 0..<rows.count {
            let query = workspace.query.pointer + i * weights.query.rows
            add(weights.queryBias, to: query, rows: mine)
            norm(query, rows: mine, weights.queryNorm)
            rotate(query, rows: mine, token: rows.token(i))
            quantize(
                query + mine.lowerBound, mine.count, into: workspace.attentionInput.all, row: i,
                column: mine.lowerBound)
        }
    }

    /// Adds a bias, if there is one, to this thread's partition, `rows`, of a token's concatenated heads.
    private func add(
        _ bias: UnsafePointer<Float>?, to heads: UnsafeMutablePointer<Float>, rows: Range<Int>
    ) {
        guard let bias else { return }
        for row in rows {
            heads[row] += bias[row]
        }
    }

    /// Norms each head, if there is a norm, of this thread's partition, `rows`, of a token's concatenated heads.
    private func norm(
        _ heads: UnsafeMutablePointer<Float>, rows: Range<Int>, _ weight: UnsafePointer<Float>?
    ) {
        guard let weight else { return }
        let length = configuration.headLength
        for row in stride(from: rows.lowerBound, to: rows.upperBound, by: length) {
            pass.kernels.rms_norm(heads + row, weight, length, configuration.normEpsilon, heads + row)
        }
    }

    /// Rotates this thread's partition, `rows`, of a token's concatenated heads by the token's position. Pairs come to
    /// lie side by side, wherever they lay: products of queries and keys do not depend on the order of a head's values.
    private func rotate(_ heads: UnsafeMutablePointer<Float>, rows: Range<Int>, token: Int) {
        let headLength = configuration.headLength
        // A group of 32 never crosses a head, so that a thread may have a part of one.
        let unit = configuration.family.needsWholeHeads ? headLength : Int(INT8_GROUP)
        for row in stride(from: rows.lowerBound, to: rows.upperBound, by: unit) {
            if configuration.family.rotaryLayout == .halfSplit { interleave(heads + row) }
            let angle = token * (headLength / 2) + row % headLength / 2
            pass.kernels.rotate_pairs(
                heads + row, unit, workspace.cosines.pointer + angle, workspace.sines.pointer + angle)
        }
    }

    /// Puts value i + half of a head behind value i.
    private func interleave(_ head: UnsafeMutablePointer<Float>) {
        let half = configuration.headLength / 2
        let copy = own.head.pointer
        copy.update(from: head, count: 2 * half)
        for pair in 0..<half {
            head[2 * pair] = copy[pair]
            head[2 * pair + 1] = copy[pair + half]
        }
    }

    /// Stores this thread's partition, `rows`, of a token's concatenated key or value heads in the token's slot of the
    /// cache, a group of 32 at a time.
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

    // MARK: Bypassing

    /// feedForward [S][rank] = A · blockInput, quantised, for the S tokens that a block with a stand-in bypasses. The
    /// buffer is the feed-forward's, which the block needs only later on.
    func standInInner(_ block: Int, _ weights: BlockWeights, of bypassed: BypassedRows) {
        guard let inner = weights.standIn?.inner, bypassed.count > 0 else { return }
        let units = workspace.gate.pointer
        tally(.standInInner, block, inner, tokens: bypassed.count)
        let mine = multiply(inner, blockInput, rows: bypassed.tokens, count: bypassed.count, into: units)
        for i in 0..<bypassed.count {
            quantize(
                units + i * inner.rows + mine.lowerBound, mine.count,
                into: workspace.feedForward.rows(from: 0, columns: inner.rows), row: i,
                column: mine.lowerBound)
        }
    }

    /// residual += B · feedForward + b for the S tokens that a block with a stand-in bypasses.
    func standInOuter(_ block: Int, _ weights: BlockWeights, of bypassed: BypassedRows) {
        guard let standIn = weights.standIn, bypassed.count > 0 else { return }
        let changes = workspace.projection.pointer
        tally(.standInOuter, block, standIn.outer, tokens: bypassed.count)
        let mine = multiply(
            standIn.outer, workspace.feedForward.rows(from: 0, columns: standIn.inner.rows),
            count: bypassed.count, into: changes)
        for i in 0..<bypassed.count {
            let residual = workspace.residual.pointer + bypassed.token(i) * embedding
            let change = changes + i * embedding
            for r in mine {
                residual[r] += change[r] + standIn.bias[r]
            }
        }
    }

    // MARK: Output and feed-forward

    /// afterAttention [R][embedding] = residual + Wo · attention.
    func attentionOutput(_ block: Int, _ weights: BlockWeights, of rows: ProcessedRows) {
        tally(.attentionOutput, block, weights.attentionOutput, tokens: rows.count)
        let mine = multiply(
            weights.attentionOutput, attention, count: rows.count, into: workspace.projection.pointer,
            next: rows.fullCount == 0 ? weights.thinFeedForward.map { beginning(of: $0.gate) } : nil)
        for i in 0..<rows.count {
            let residual = workspace.residual.pointer + rows.token(i) * embedding
            let projection = workspace.projection.pointer + i * embedding
            let attended = workspace.afterAttention.pointer + i * embedding
            for r in mine {
                attended[r] = residual[r] + projection[r]
            }
        }
    }

    /// feedForwardInput [R][embedding] = the normed residual after attention; where there are experts, chooses those of
    /// each token, too.
    func normAfterAttention(_ block: Int, _ weights: BlockWeights, of rows: ProcessedRows) {
        for i in tokens(of: rows.count) {
            rmsNorm(workspace.afterAttention.pointer + i * embedding, weights.feedForwardNorm)
            quantize(own.normed.pointer, embedding, into: feedForwardInput, row: i)
            if let experts = weights.experts {
                chooseExperts(experts, block: block, row: i, token: rows.token(i))
            }
        }
    }

    /// Calls `body` with the processed tokens that go through each feed-forward of a block, always in one order: the
    /// tokens in full and the thin ones, or those of each expert and all for the one that they share.
    func forEachPart(
        _ weights: BlockWeights, of rows: ProcessedRows, _ body: (FeedForwardPart) -> Void
    ) {
        guard let experts = weights.experts else {
            guard let whole = weights.feedForward else { return }
            body(rows.full(through: whole))
            body(rows.thin(through: weights.thinFeedForward ?? whole, wholeLength: whole.length))
            return
        }
        let lists = own.expertLists
        for expert in 0..<experts.count where lists.hasTokens(expert) {
            body(lists.part(expert, of: experts))
        }
        if let shared = weights.feedForward {
            body(
                rows.shared(
                    through: shared, start: lists.count * experts.length, scales: choices.shared.pointer))
        }
    }

    /// feedForward [count][hidden units] = silu(Wg · x) · (Wu · x), quantised, with x = feedForwardInput, for the
    /// tokens of one part (SwiGLU, arXiv 2002.05202).
    func gateAndUp(_ block: Int, _ part: FeedForwardPart) {
        guard part.count > 0 else { return }
        let weights = part.weights
        let gates = workspace.gate.pointer + part.start
        let ups = workspace.up.pointer + part.start
        let activations = workspace.feedForward.rows(from: part.start, columns: weights.length)
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

    /// afterAttention += Wd · feedForward, times the scale that a token has there, for the tokens of one expert; for
    /// tokens that have no more than this one part, the residual of all of it at once.
    func down(_ block: Int, _ part: FeedForwardPart, of rows: ProcessedRows, _ routed: Int?) {
        guard part.count > 0 else { return }
        let projections = workspace.projection.pointer
        tally(.down, block, part.weights.down, tokens: part.count)
        let mine = multiply(
            part.weights.down, workspace.feedForward.rows(from: part.start, columns: part.weights.length),
            count: part.count, into: projections)
        for i in 0..<part.count {
            let row = Int(part.rows[i])
            let projection = projections + i * embedding
            let attended = workspace.afterAttention.pointer + row * embedding
            if let scale = part.scales?[i] {
                for r in mine { attended[r] += scale * projection[r] }
            } else {
                setResidual(token: rows.token(row), mine, routed) { attended[$0] + projection[$0] }
            }
        }
    }

    /// The residual of the processed tokens, whose experts have added what they do to afterAttention. Each thread joins
    /// what it added in `down`, whose matrices are parted alike, so that no barrier need stand between the two.
    func joinExperts(of rows: ProcessedRows, _ routed: Int?) {
        let mine = partition(of: embedding, unit: Int(INT8_GROUP))
        for i in 0..<rows.count {
            let attended = workspace.afterAttention.pointer + i * embedding
            setResidual(token: rows.token(i), mine, routed) { attended[$0] }
        }
    }

    /// residual = y, or, with the scaled gate, residual + σ(s) · (y − residual), of a token by its place in the chunk.
    @inline(__always)
    private func setResidual(token: Int, _ mine: Range<Int>, _ routed: Int?, to y: (Int) -> Float) {
        let residual = workspace.residual.pointer + token * embedding
        if let routed, configuration.routing.gate == .scaled {
            let scale = 1 / (1 + exp(-workspace.scores.pointer[routed * tokenCount + token]))
            for r in mine { residual[r] += scale * (y(r) - residual[r]) }
        } else {
            for r in mine { residual[r] = y(r) }
        }
    }
}
