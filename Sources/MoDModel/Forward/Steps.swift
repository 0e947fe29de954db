import CInt8Kernels

extension Worker {
    /// Norms and quantises this thread's tokens, scores them and decides; then queries, keys and values. Returns
    /// how many tokens the block processes; everything is there for all threads then.
    func projectChunk(block: Int, routedIndex: Int?) -> Int {
        let skipsBypassed = !everyTokenHasKV(routedIndex: routedIndex)
        var view = workspace.blockInput.view()
        let share = share(of: tokenCount)
        for first in stride(from: share.lowerBound, to: share.upperBound, by: ThreadWorkspace.routingTile) {
            let tokens = first..<min(first + ThreadWorkspace.routingTile, share.upperBound)
            for t in tokens {
                normResidual(block: block, token: t, place: t - first)
            }
            let router = routedIndex.flatMap { _ in pass.weights.blocks[block].router }
            if var router {
                pass.kernels.router_units(
                    &router, own.normed.pointer, tokens.count, embedding, 0, router.hidden,
                    own.routerUnits.pointer)
            }
            for t in tokens {
                var processed = true
                if let routedIndex, var router {
                    let score = pass.kernels.router_score(
                        &router, own.routerUnits.pointer + (t - first) * router.hidden)
                    workspace.scores.pointer[routedIndex * tokenCount + t] = score
                    processed = processes(
                        position: pass.position + t, routedIndex: routedIndex, score: score)
                }
                workspace.processed.pointer[block * tokenCount + t] = processed ? 1 : 0
                if processed || !skipsBypassed {
                    pass.kernels.quantize(own.normed.pointer + (t - first) * embedding, embedding, t, &view)
                }
            }
        }
        meet()
        let count = gatherProcessed(block: block)
        projectKeysAndValues(block: block, processed: count, everyTokenHasKV: !skipsBypassed)
        projectQueries(block: block, processed: count)
        meet()
        return count
    }

    /// The same for a single token. Keys and values that are needed in any case are computed before the routers'
    /// units are put together, so a bypassed block is done after one meeting. Where no score decides, it is
    /// only noted, and the threads need not meet for it.
    func projectAlone(block: Int, routedIndex: Int?) -> Int {
        normResidual(block: block, token: 0, place: 0)
        var view = own.input.view()
        pass.kernels.quantize(own.normed.pointer, embedding, 0, &view)
        let everyTokenHasKV = everyTokenHasKV(routedIndex: routedIndex)
        // Whatever the score: nothing compares with a NaN.
        let isForced =
            routedIndex.map { processes(position: pass.position, routedIndex: $0, score: .nan) } ?? true
        if let routedIndex { routeAlone(block: block, routedIndex: routedIndex) }
        if isForced || everyTokenHasKV {
            projectKeysAndValues(block: block, processed: 1, everyTokenHasKV: true)
        }
        var processed = true
        if let routedIndex, !isForced {
            meet()
            let score = scoreAlone(block: block, routedIndex: routedIndex)
            processed = processes(position: pass.position, routedIndex: routedIndex, score: score)
        }
        own.processedRows.pointer[0] = 0
        if thread == 0 {
            workspace.processed.pointer[block] = processed ? 1 : 0
            pass.cache.record(block: block, position: pass.position, processed: processed)
        }
        guard processed else { return 0 }
        if !isForced && !everyTokenHasKV {
            projectKeysAndValues(block: block, processed: 1, everyTokenHasKV: false)
        }
        projectQueries(block: block, processed: 1)
        meet()
        if let routedIndex, isForced, thread == 0 {
            scoreAlone(block: block, routedIndex: routedIndex)
        }
        return 1
    }

    /// A single token's router units at a routed block.
    private func units(routedIndex: Int) -> UnsafeMutablePointer<Float> {
        workspace.routerUnits.pointer + routedIndex % 2 * (workspace.routerUnits.count / 2)
    }

    /// This thread's share of them.
    private func routeAlone(block: Int, routedIndex: Int) {
        guard var router = pass.weights.blocks[block].router else { return }
        let share = share(of: router.hidden)
        pass.kernels.router_units(
            &router, own.normed.pointer, 1, embedding, share.lowerBound, share.upperBound,
            units(routedIndex: routedIndex))
    }

    /// The score all of them make, which one thread notes.
    @discardableResult
    private func scoreAlone(block: Int, routedIndex: Int) -> Float {
        guard var router = pass.weights.blocks[block].router else { return 0 }
        let score = pass.kernels.router_score(&router, units(routedIndex: routedIndex))
        if thread == 0 {
            workspace.scores.pointer[routedIndex] = score
        }
        return score
    }

    /// A token's normed residual, in a place among those routed together.
    private func normResidual(block: Int, token: Int, place: Int) {
        pass.kernels.rms_norm(
            workspace.residual.pointer + token * embedding, pass.weights.blocks[block].attentionNorm,
            embedding, pass.configuration.normEpsilon, own.normed.pointer + place * embedding)
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

    /// Queries of the processed tokens, rotated and quantised.
    private func projectQueries(block: Int, processed: Int) {
        let weights = pass.weights.blocks[block]
        let tokens = UnsafePointer(own.processedRows.pointer)
        let rows = multiply(
            block: block, weights.query, isAlone ? own.input : workspace.blockInput, tokens: tokens,
            count: processed, into: workspace.query.pointer,
            next: isAlone ? firstSpan(block: block) : beginning(of: weights.attentionOutput)
        ) { $0.query += $1 }
        for i in 0..<processed {
            let query = workspace.query.pointer + i * weights.query.rows
            rotate(query, rows: rows, token: Int(tokens[i]))
            var view = workspace.attentionInput.view(token: i, column: rows.lowerBound)
            pass.kernels.quantize(query + rows.lowerBound, rows.count, 0, &view)
        }
    }

    /// Keys and values of the tokens that have them, rotated and cached.
    private func projectKeysAndValues(block: Int, processed: Int, everyTokenHasKV: Bool) {
        let weights = pass.weights.blocks[block]
        let input = isAlone ? own.input : workspace.blockInput
        let tokens = everyTokenHasKV ? nil : UnsafePointer(own.processedRows.pointer)
        let tokenCount = everyTokenHasKV ? tokenCount : processed
        let firstSlot = pass.cache.slots(block: block, position: pass.position)
        let buffer = workspace.keyValue.pointer
        let keyRows = multiply(
            block: block, weights.key, input, tokens: tokens, count: tokenCount, into: buffer,
            next: beginning(of: weights.value)
        ) { $0.key += $1 }
        for i in 0..<tokenCount {
            let row = buffer + i * weights.key.rows
            rotate(row, rows: keyRows, token: tokens.map { Int($0[i]) } ?? i)
            store(row, rows: keyRows, block: block, slot: firstSlot + i, with: pass.kernels.store_key)
        }
        let valueRows = multiply(
            block: block, weights.value, input, tokens: tokens, count: tokenCount, into: buffer,
            next: beginning(of: weights.query)
        ) { $0.value += $1 }
        for i in 0..<tokenCount {
            let row = buffer + i * weights.value.rows
            store(row, rows: valueRows, block: block, slot: firstSlot + i, with: pass.kernels.store_value)
        }
    }

    /// Rotates this thread's rows of one token's concatenated heads, a group of 32 at a time: a group never
    /// crosses a head.
    private func rotate(_ heads: UnsafeMutablePointer<Float>, rows: Range<Int>, token: Int) {
        let headLength = pass.configuration.headLength
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
        let headLength = pass.configuration.headLength
        let (span, place) = slot.quotientAndRemainder(dividingBy: AttentionSpans.length)
        for row in stride(from: rows.lowerBound, to: rows.upperBound, by: Int(INT8_GROUP)) {
            let (head, first) = row.quotientAndRemainder(dividingBy: headLength)
            kernel(heads + row, headLength, first, place, pass.cache.span(span, block: block, head: head))
        }
    }
}
