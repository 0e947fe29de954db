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

    /// out[i][r] = ⟨matrix row r, activations of token tokens[i]⟩ for this thread's rows, which are returned.
    @discardableResult
    func multiply(
        _ matrix: Int8Matrix, _ input: ActivationBuffer, tokens: UnsafePointer<UInt32>?, count: Int,
        into out: UnsafeMutablePointer<Float>, counting counter: WritableKeyPath<MatrixWork, Int>, block: Int
    ) -> Range<Int> {
        if thread == 0 {
            pass.work[block][keyPath: counter] += count
        }
        return multiply(matrix, input, tokens: tokens, count: count, into: out)
    }

    /// The same outside the blocks.
    @discardableResult
    func multiply(
        _ matrix: Int8Matrix, _ input: ActivationBuffer, tokens: UnsafePointer<UInt32>?, count: Int,
        into out: UnsafeMutablePointer<Float>
    ) -> Range<Int> {
        let rows = share(of: matrix.rows, unit: Int(INT8_GROUP))
        var view = input.view()
        pass.kernels.matmul(
            matrix.bytes + rows.lowerBound * matrix.rowBytes, rows.count, matrix.columns, &view, tokens,
            count,
            out + rows.lowerBound, matrix.rows, own.packed.pointer)
        return rows
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
        var view = workspace.headInput.view()
        for i in share(of: count) {
            pass.kernels.rms_norm(
                workspace.residual.pointer + (first + i) * embedding, pass.weights.outputNorm, embedding,
                pass.configuration.normEpsilon, own.normed.pointer)
            pass.kernels.quantize(own.normed.pointer, embedding, i, &view)
        }
        barrier.wait()
        multiply(pass.weights.head, workspace.headInput, tokens: nil, count: count, into: pass.logits.pointer)
    }
}
