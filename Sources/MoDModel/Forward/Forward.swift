// T tokens are in the chunk, of which a block processes R: F in full, R − F thin; it bypasses S = T − R. Rows of a
// buffer are indexed by a token's place in the chunk where a shape says [T], by its place among the processed where it
// says [R], and among the bypassed where it says [S].
//
// There is one pass for prompts (prefill) and for single tokens (decode). What differs has a name: of a single token,
// what is small is replicated, computed by every thread for itself in buffers of its own (`Worker.isReplicated`).

extension Worker {
    /// The whole pass, which every compute thread runs: tokens [T] → logits [wanted][vocabulary].
    func forward() {
        embed()  // residual [T][embedding]
        waitAtBarrier()
        for block in 0..<configuration.blockCount {
            let before = observedResidual()
            run(block)
            showObserver(block, before)
        }
        readOut()
    }

    /// The end of the pass: residual [T][embedding] → logits [wanted][vocabulary].
    func readOut() {
        normResidual()  // headInput [wanted][embedding]
        waitAtBarrierUnlessReplicated()
        logits()  // logits [wanted][vocabulary]
    }

    /// One block: residual [T][embedding] → residual [T][embedding]. A bypassed token takes no part in anything but,
    /// with the kv policy `all`, its own keys and values, and in what stands in for the block.
    private func run(_ block: Int) {
        let weights = pass.weights.blocks[block]
        let routed = pass.routedIndices[block]

        // Route: norm, score, decide.
        normAndScore(block, weights, routed)  // blockInput [T][embedding]; scores [T], or units [hidden]
        if !isReplicated || needsScore(routed) { waitAtBarrier() }
        let rows = route(block, routed)  // [R]

        // Keys and values of every token, or of the processed ones.
        let cached = routed == nil || configuration.routing.kv == .all ? nil : rows
        keys(block, weights, of: cached)  // cache [T or R][kvLength]
        values(block, weights, of: cached)  // cache [T or R][kvLength]
        standInInner(block, weights, of: rows.bypassed)  // feedForward [S][rank]
        let standsIn = weights.standIn != nil && rows.bypassed.count > 0
        if rows.isEmpty && isReplicated && !standsIn { return }

        // Attend.
        queries(block, weights, of: rows)  // attentionInput [R][queryLength]
        waitAtBarrier()
        standInOuter(block, weights, of: rows.bypassed)  // residual [S of T][embedding]
        if rows.isEmpty {
            if standsIn { waitAtBarrier() }
            return
        }
        noteScore(routed)
        attend(block, rows)  // attention [R][queryLength], or a single token's stretches of it
        waitAtBarrier()
        joinAttention(block)  // attention [1][queryLength]
        attentionOutput(block, weights, of: rows)  // afterAttention [R][embedding]
        waitAtBarrier()

        // Feed forward: the tokens in full through all hidden units, the thin ones through the first; or each through
        // its experts.
        normAfterAttention(block, weights, of: rows)  // feedForwardInput [R][embedding]; experts [R][k]
        waitAtBarrierUnlessReplicated()
        if weights.experts != nil { own.expertLists.list(choices, tokens: rows.count) }
        forEachPart(weights, of: rows) { gateAndUp(block, $0) }  // feedForward [F][feedForwardLength] …
        waitAtBarrier()
        // residual [R of T][embedding]; with experts afterAttention [R][embedding], and then the residual.
        forEachPart(weights, of: rows) { down(block, $0, of: rows, routed) }
        if weights.experts != nil { joinExperts(of: rows, routed) }
        waitAtBarrier()
    }

    // MARK: Observing

    /// A copy of the residual, [T][embedding], for the observer; nil without one. The residual is not written before
    /// the block's first barrier, so one thread may copy it while the rest go on.
    private func observedResidual() -> [Float]? {
        guard pass.observer != nil, thread == 0 else { return nil }
        return Array(UnsafeBufferPointer(start: workspace.residual.pointer, count: tokenCount * embedding))
    }

    /// Calls the observer, if there is one, with the residual before the block and after it.
    private func showObserver(_ block: Int, _ before: [Float]?) {
        guard let observer = pass.observer else { return }
        if let before { observer(block, before, workspace.residual.pointer) }
        waitAtBarrier()
    }
}
