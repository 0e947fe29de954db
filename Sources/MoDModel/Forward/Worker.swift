import CInt8Kernels

/// One thread's part of a forward pass.
struct Worker {
    let pass: ForwardPass
    let thread: Int
    let threadCount: Int
    let barrier: SpinBarrier

    var workspace: Workspace { pass.workspace }
    var own: ThreadWorkspace { workspace.threads[thread] }
    var tokenCount: Int { pass.tokenCount }
    var embedding: Int { pass.configuration.embeddingLength }

    /// This thread's part of `count` things that come in units: matrix rows in units of 32, so that a thread
    /// quantises whole groups of what it computed.
    func share(of count: Int, unit: Int = 1) -> Range<Int> {
        let units = (count + unit - 1) / unit
        let first = units * thread / threadCount * unit
        let last = units * (thread + 1) / threadCount * unit
        return min(first, count)..<min(last, count)
    }

    /// Whether the chunk is a single token. What is small is then computed by every thread for itself, which takes
    /// less time than meeting at the barrier.
    var isAlone: Bool { tokenCount == 1 }

    /// Where this thread's rows of a matrix begin.
    func beginning(of matrix: Int8Matrix) -> UnsafeRawPointer {
        matrix.bytes + share(of: matrix.rows, unit: Int(INT8_GROUP)).lowerBound * matrix.rowBytes
    }

    /// out[i][r] = ⟨matrix row r, activations of token tokens[i]⟩ for this thread's rows, which are returned.
    /// Meanwhile the beginning of what it reads next is fetched.
    @discardableResult
    func multiply(
        _ matrix: Int8Matrix, _ input: ActivationBuffer, tokens: UnsafePointer<UInt32>? = nil, count: Int,
        into out: UnsafeMutablePointer<Float>, next: UnsafeRawPointer
    ) -> Range<Int> {
        let rows = share(of: matrix.rows, unit: Int(INT8_GROUP))
        var view = input.view()
        own.next = next
        pass.kernels.matmul(
            matrix.bytes + rows.lowerBound * matrix.rowBytes, rows.count, matrix.columns, &view, tokens,
            count,
            out + rows.lowerBound, matrix.rows, own.packed.pointer, next)
        return rows
    }

    /// Waits until all threads have come here. The kernels have fetched the beginning of what comes next already.
    func meet() {
        barrier.wait(fetching: own.next.map { $0 + 16384 })
    }

    /// The same for a matrix of a block, whose rows are counted: one thread counts for all.
    @discardableResult
    func multiply(
        block: Int, _ matrix: Int8Matrix, _ input: ActivationBuffer, tokens: UnsafePointer<UInt32>? = nil,
        count: Int, into out: UnsafeMutablePointer<Float>, next: UnsafeRawPointer,
        counting add: (inout MatrixWork, Int) -> Void
    ) -> Range<Int> {
        if thread == 0 {
            add(&pass.work.pointer[block], count)
        }
        return multiply(matrix, input, tokens: tokens, count: count, into: out, next: next)
    }

    /// Residuals of the chunk and the angles of its positions. No barrier at the end.
    func embed() {
        let half = pass.configuration.headLength / 2
        for t in share(of: tokenCount) {
            let row =
                pass.weights.embedding.bytes + Int(workspace.tokens.pointer[t])
                * pass.weights.embedding.rowBytes
            pass.kernels.dequantize_row(row, embedding, workspace.residual.pointer + t * embedding)
            RotaryEmbedding.angles(
                position: pass.position + t, headLength: pass.configuration.headLength,
                base: pass.configuration.ropeBase,
                cosines: workspace.cosines.pointer + t * half, sines: workspace.sines.pointer + t * half)
        }
    }

    /// The final norm and the head, for the tokens whose logits are wanted.
    func head() {
        let first = pass.firstLogitRow
        let count = tokenCount - first
        guard count > 0 else { return }
        let input = isAlone ? own.input : workspace.headInput
        var view = input.view()
        for i in isAlone ? 0..<1 : share(of: count) {
            pass.kernels.rms_norm(
                workspace.residual.pointer + (first + i) * embedding, pass.weights.outputNorm, embedding,
                pass.configuration.normEpsilon, own.normed.pointer)
            pass.kernels.quantize(own.normed.pointer, embedding, i, &view)
        }
        if !isAlone {
            meet()
        }
        multiply(
            pass.weights.head, input, count: count, into: pass.logits.pointer,
            next: beginning(of: pass.weights.blocks[0].key))
    }
}
