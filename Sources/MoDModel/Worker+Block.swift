import CInt8Kernels
import Foundation

extension Worker {
    /// One block: route, attend, feed forward. Bypassed tokens take no part in anything but, with kv policy
    /// `all`, their own keys and values.
    func run(block: Int, routedIndex: Int?) {
        // The residual is not written before the first barrier, so one thread may copy it while the others go
        // on.
        let before = pass.observer != nil && thread == 0 ? copyOfResidual() : nil
        runPhases(block: block, routedIndex: routedIndex)
        if let observer = pass.observer, let before {
            observer(block, before.pointer, workspace.residual.pointer)
        }
        if pass.observer != nil {
            barrier.wait()
        }
    }

    private func copyOfResidual() -> AlignedBuffer<Float> {
        let copy = AlignedBuffer<Float>(tokenCount * embedding)
        copy.pointer.update(from: workspace.residual.pointer, count: tokenCount * embedding)
        return copy
    }

    private func runPhases(block: Int, routedIndex: Int?) {
        route(block: block, routedIndex: routedIndex)
        barrier.wait()
        let count = gatherProcessed(block: block)
        let everyTokenHasKV = routedIndex == nil || pass.configuration.routing.kv == .all
        project(block: block, processed: count, everyTokenHasKV: everyTokenHasKV)
        barrier.wait()
        guard count > 0 else { return }
        attend(block: block, processed: count, everyTokenHasKV: everyTokenHasKV)
        barrier.wait()
        joinAttention(block: block, processed: count)
        barrier.wait()
        normHidden(block: block, processed: count)
        barrier.wait()
        feedForward(block: block, processed: count)
        barrier.wait()
        joinFeedForward(block: block, routedIndex: routedIndex, processed: count)
        barrier.wait()
    }

    /// Norms and quantises this thread's tokens, scores them and decides.
    private func route(block: Int, routedIndex: Int?) {
        let weights = pass.weights.blocks[block]
        let skipsBypassed = pass.configuration.routing.kv == .routed
        var view = workspace.blockInput.view()
        for t in share(of: tokenCount) {
            pass.kernels.rms_norm(
                workspace.residual.pointer + t * embedding, weights.attentionNorm, embedding,
                pass.configuration.normEpsilon, own.normed.pointer)
            var processed = true
            if let routedIndex, var router = weights.router {
                let score = pass.kernels.router_score(&router, own.normed.pointer, embedding)
                workspace.scores.pointer[routedIndex * tokenCount + t] = score
                processed = processes(position: pass.position + t, routedIndex: routedIndex, score: score)
            }
            workspace.processed.pointer[block * tokenCount + t] = processed ? 1 : 0
            if processed || !skipsBypassed {
                pass.kernels.quantize(own.normed.pointer, embedding, t, &view)
            }
        }
    }

    private func processes(position: Int, routedIndex: Int, score: Float) -> Bool {
        if position < pass.configuration.routing.anchorTokens { return true }
        switch pass.policy {
        case .threshold:
            return pass.capacity == .dense || score >= pass.thresholds[routedIndex]
        case .thresholds:
            return score >= pass.thresholds[routedIndex]
        case .random(let seed):
            return RoutingPolicy.randomlyProcesses(
                seed: seed, position: position, block: routedIndex, capacity: pass.capacity)
        }
    }

    /// Lists the processed tokens; every thread makes the same list for itself, which is cheaper than meeting
    /// once more.
    private func gatherProcessed(block: Int) -> Int {
        let flags = workspace.processed.pointer + block * tokenCount
        let rows = own.processedRows.pointer
        var count = 0
        for t in 0..<tokenCount {
            if thread == 0 {
                pass.cache.record(block: block, position: pass.position + t, processed: flags[t] != 0)
            }
            if flags[t] != 0 {
                rows[count] = UInt32(t)
                count += 1
            }
        }
        return count
    }

    /// Queries of the processed tokens; keys and values of those that have them, rotated and cached.
    private func project(block: Int, processed: Int, everyTokenHasKV: Bool) {
        let weights = pass.weights.blocks[block]
        let rows = UnsafePointer(own.processedRows.pointer)
        let headLength = pass.configuration.headLength
        let input = workspace.blockInput
        let queryRows = multiply(
            weights.query, input, tokens: rows, count: processed, into: workspace.query.pointer,
            counting: \.query, block: block)
        for i in 0..<processed {
            rotate(
                workspace.query.pointer + i * weights.query.rows, rows: queryRows, token: Int(rows[i]),
                headLength: headLength)
        }
        let kvTokens = everyTokenHasKV ? nil : rows
        let kvCount = everyTokenHasKV ? tokenCount : processed
        let firstSlot = pass.cache.slots(block: block, position: pass.position)
        let buffer = workspace.keyValue.pointer
        let keyRows = multiply(
            weights.key, input, tokens: kvTokens, count: kvCount, into: buffer, counting: \.key, block: block)
        for i in 0..<kvCount {
            let row = buffer + i * weights.key.rows
            rotate(row, rows: keyRows, token: everyTokenHasKV ? i : Int(rows[i]), headLength: headLength)
            store(row, rows: keyRows, headLength: headLength) { head in
                pass.cache.keys(block: block, head: head, slot: firstSlot + i)
            }
        }
        let valueRows = multiply(
            weights.value, input, tokens: kvTokens, count: kvCount, into: buffer, counting: \.value,
            block: block)
        for i in 0..<kvCount {
            store(buffer + i * weights.value.rows, rows: valueRows, headLength: headLength) { head in
                pass.cache.values(block: block, head: head, slot: firstSlot + i)
            }
        }
    }

    /// Rotates this thread's rows of one token's concatenated heads, a group of 32 at a time: a group never
    /// crosses a head.
    private func rotate(_ heads: UnsafeMutablePointer<Float>, rows: Range<Int>, token: Int, headLength: Int) {
        let half = headLength / 2
        let unit = Int(INT8_GROUP)
        for row in stride(from: rows.lowerBound, to: rows.upperBound, by: unit) {
            let angle = token * half + row % headLength / 2
            pass.kernels.rotate_pairs(
                heads + row, unit, workspace.cosines.pointer + angle, workspace.sines.pointer + angle)
        }
    }

    /// Narrows this thread's rows of one token's concatenated heads to fp16, into the cache.
    private func store(
        _ heads: UnsafePointer<Float>, rows: Range<Int>, headLength: Int,
        into slot: (_ head: Int) -> UnsafeMutablePointer<UInt16>
    ) {
        let unit = Int(INT8_GROUP)
        for row in stride(from: rows.lowerBound, to: rows.upperBound, by: unit) {
            pass.kernels.narrow(heads + row, unit, slot(row / headLength) + row % headLength)
        }
    }

    /// Attention of the processed tokens, shared out by query head, each over all slots up to its own.
    private func attend(block: Int, processed: Int, everyTokenHasKV: Bool) {
        let headCount = pass.configuration.headCount
        let headLength = pass.configuration.headLength
        let groupSize = headCount / pass.configuration.kvHeadCount
        let scale = 1 / Float(headLength).squareRoot()
        let firstSlot = pass.cache.slots(block: block, position: pass.position)
        for item in share(of: processed * headCount) {
            let (i, head) = item.quotientAndRemainder(dividingBy: headCount)
            let newest = everyTokenHasKV ? Int(own.processedRows.pointer[i]) : i
            pass.kernels.attend(
                workspace.query.pointer + i * pass.configuration.queryLength + head * headLength,
                pass.cache.keys(block: block, head: head / groupSize, slot: 0),
                pass.cache.values(block: block, head: head / groupSize, slot: 0),
                firstSlot + newest + 1, headLength, scale, own.attentionWeights.pointer, own.head.pointer)
            var view = workspace.attention.view(token: i, column: head * headLength)
            pass.kernels.quantize(own.head.pointer, headLength, 0, &view)
        }
    }

    /// hidden = residual + Wo · attention.
    private func joinAttention(block: Int, processed: Int) {
        let rows = multiply(
            pass.weights.blocks[block].attentionOutput, workspace.attention, tokens: nil, count: processed,
            into: workspace.projection.pointer, counting: \.attentionOutput, block: block)
        for i in 0..<processed {
            let residual = workspace.residual.pointer + Int(own.processedRows.pointer[i]) * embedding
            let projection = workspace.projection.pointer + i * embedding
            let hidden = workspace.hidden.pointer + i * embedding
            for r in rows {
                hidden[r] = residual[r] + projection[r]
            }
        }
    }

    private func normHidden(block: Int, processed: Int) {
        var view = workspace.feedForwardInput.view()
        for i in share(of: processed) {
            pass.kernels.rms_norm(
                workspace.hidden.pointer + i * embedding, pass.weights.blocks[block].feedForwardNorm,
                embedding,
                pass.configuration.normEpsilon, own.normed.pointer)
            pass.kernels.quantize(own.normed.pointer, embedding, i, &view)
        }
    }

    /// silu(Wg · x) · (Wu · x), quantised.
    private func feedForward(block: Int, processed: Int) {
        let weights = pass.weights.blocks[block]
        let length = pass.configuration.feedForwardLength
        let rows = multiply(
            weights.gate, workspace.feedForwardInput, tokens: nil, count: processed,
            into: workspace.gate.pointer, counting: \.gate, block: block)
        multiply(
            weights.up, workspace.feedForwardInput, tokens: nil, count: processed, into: workspace.up.pointer,
            counting: \.up, block: block)
        for i in 0..<processed {
            let start = i * length + rows.lowerBound
            let gate = workspace.gate.pointer + start
            pass.kernels.swiglu(gate, workspace.up.pointer + start, rows.count, gate)
            var view = workspace.feedForward.view(token: i, column: rows.lowerBound)
            pass.kernels.quantize(gate, rows.count, 0, &view)
        }
    }

    /// residual = hidden + Wd · feedForward, or, with the scaled gate, residual + σ(s) · (hidden + Wd ·
    /// feedForward − residual).
    private func joinFeedForward(block: Int, routedIndex: Int?, processed: Int) {
        let rows = multiply(
            pass.weights.blocks[block].down, workspace.feedForward, tokens: nil, count: processed,
            into: workspace.projection.pointer, counting: \.down, block: block)
        for i in 0..<processed {
            let token = Int(own.processedRows.pointer[i])
            let residual = workspace.residual.pointer + token * embedding
            let projection = workspace.projection.pointer + i * embedding
            let hidden = workspace.hidden.pointer + i * embedding
            if let routedIndex, pass.configuration.routing.gate == .scaled {
                let score = workspace.scores.pointer[routedIndex * tokenCount + token]
                let scale = 1 / (1 + exp(-score))
                for r in rows {
                    residual[r] += scale * (hidden[r] + projection[r] - residual[r])
                }
            } else {
                for r in rows {
                    residual[r] = hidden[r] + projection[r]
                }
            }
        }
    }
}
