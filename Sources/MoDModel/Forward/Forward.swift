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
            observer(block, before, workspace.residual.pointer)
        }
        if pass.observer != nil {
            meet()
        }
    }

    private func copyOfResidual() -> [Float] {
        Array(UnsafeBufferPointer(start: workspace.residual.pointer, count: tokenCount * embedding))
    }

    private func runPhases(block: Int, routedIndex: Int?) {
        let count: Int
        if isAlone {
            count = projectAlone(block: block, routedIndex: routedIndex)
        } else {
            count = projectChunk(block: block, routedIndex: routedIndex)
        }
        guard count > 0 else { return }
        let everyTokenHasKV = everyTokenHasKV(routedIndex: routedIndex)
        if isAlone {
            attendAlone(block: block)
        } else {
            attendChunk(block: block, processed: count, everyTokenHasKV: everyTokenHasKV)
        }
        joinAttention(block: block, processed: count)
        meet()
        normHidden(block: block, processed: count)
        feedForward(block: block, processed: count)
        meet()
        joinFeedForward(block: block, routedIndex: routedIndex, processed: count)
        meet()
    }

    func everyTokenHasKV(routedIndex: Int?) -> Bool {
        routedIndex == nil || pass.configuration.routing.kv == .all
    }

    /// What is multiplied first after a block, whatever the router of the next will say.
    func matrixAfter(block: Int) -> Int8Matrix {
        block + 1 < pass.configuration.blockCount ? pass.weights.blocks[block + 1].key : pass.weights.head
    }

    /// hidden = residual + Wo · attention.
    private func joinAttention(block: Int, processed: Int) {
        let weights = pass.weights.blocks[block]
        let rows = multiply(
            block: block, weights.attentionOutput, isAlone ? own.attention : workspace.attention,
            count: processed, into: workspace.projection.pointer, next: beginning(of: weights.gate)
        ) { $0.attentionOutput += $1 }
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
        var view = isAlone ? own.input.view() : workspace.feedForwardInput.view()
        for i in isAlone ? 0..<1 : share(of: processed) {
            pass.kernels.rms_norm(
                workspace.hidden.pointer + i * embedding, pass.weights.blocks[block].feedForwardNorm,
                embedding, pass.configuration.normEpsilon, own.normed.pointer)
            pass.kernels.quantize(own.normed.pointer, embedding, i, &view)
        }
        if !isAlone {
            meet()
        }
    }

    /// silu(Wg · x) · (Wu · x), quantised.
    private func feedForward(block: Int, processed: Int) {
        let weights = pass.weights.blocks[block]
        let length = pass.configuration.feedForwardLength
        let input = isAlone ? own.input : workspace.feedForwardInput
        let rows = multiply(
            block: block, weights.gate, input, count: processed, into: workspace.gate.pointer,
            next: beginning(of: weights.up)
        ) { $0.gate += $1 }
        multiply(
            block: block, weights.up, input, count: processed, into: workspace.up.pointer,
            next: beginning(of: weights.down)
        ) { $0.up += $1 }
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
            block: block, pass.weights.blocks[block].down, workspace.feedForward, count: processed,
            into: workspace.projection.pointer, next: beginning(of: matrixAfter(block: block))
        ) { $0.down += $1 }
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
