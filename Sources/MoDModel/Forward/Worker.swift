import CInt8Kernels
import ComputeThreads

/// One compute thread in a forward pass: what it computes, its barrier, and the products that all steps are made of.
struct Worker {
    let pass: ForwardPass
    let thread: Int
    let threadCount: Int
    let barrier: SpinBarrier

    var workspace: Workspace { pass.workspace }
    var own: ThreadWorkspace { workspace.threads[thread] }
    var configuration: ModelConfiguration { pass.configuration }
    var tokenCount: Int { pass.tokenCount }
    var embedding: Int { pass.configuration.embeddingLength }

    // MARK: Partition

    /// This thread's partition of `count` things, whole units but for the last thing's: matrix rows in units of 32, so
    /// that a thread quantises whole groups of what it computed, or of heads where those are normed or rotated whole.
    func partition(of count: Int, unit: Int = 1) -> Range<Int> {
        let units = (count + unit - 1) / unit
        let first = units * thread / threadCount * unit
        let last = units * (thread + 1) / threadCount * unit
        return min(first, count)..<min(last, count)
    }

    /// Whether the chunk is a single token (decode). What is small is then replicated: every thread computes it for
    /// itself, in buffers of its own, which takes less time than another barrier.
    var isReplicated: Bool { tokenCount == 1 }

    /// The tokens, of `count`, whose norms this thread computes: its partition, or, replicated, all.
    func tokens(of count: Int) -> Range<Int> {
        isReplicated ? 0..<count : partition(of: count)
    }

    /// [T][embedding]: the normed residual, quantised.
    var blockInput: Activations { isReplicated ? own.input.all : workspace.blockInput.all }
    /// [R][embedding]: the normed residual after attention, quantised.
    var feedForwardInput: Activations { isReplicated ? own.input.all : workspace.feedForwardInput.all }
    /// [T][embedding]: the normed final residual, quantised.
    var headInput: Activations { isReplicated ? own.input.all : workspace.headInput.all }
    /// [R][queryLength]: what attention found, quantised.
    var attention: Activations { isReplicated ? own.attention.all : workspace.attention.all }

    // MARK: Barrier

    /// Waits until all threads have come here, and meanwhile fetches what this thread reads next. The kernels have
    /// fetched the beginning of that already: the lookahead and up to a panel of rows more.
    func waitAtBarrier() {
        barrier.wait(fetching: own.next.map { $0 + 2 * Int(INT8_LOOKAHEAD) })
    }

    /// Waits until all threads have come here, but with a single token goes on: what is replicated this thread has
    /// computed itself.
    func waitAtBarrierUnlessReplicated() {
        if !isReplicated { waitAtBarrier() }
    }

    // MARK: Products

    /// Where this thread's partition of a matrix's rows begins.
    func beginning(of matrix: Int8Matrix) -> UnsafeRawPointer {
        beginning(of: matrix.place)
    }

    private func beginning(of place: Int8Matrix.Place) -> UnsafeRawPointer {
        place.bytes + partition(of: place.rows, unit: place.rowUnit).lowerBound * place.rowBytes
    }

    /// out[i][r] = ⟨row r of the matrix, row rows[i] of the input⟩ for i < count and this thread's partition of the
    /// matrix's rows, which is returned. Meanwhile the beginning of what this thread reads next is fetched.
    ///
    /// - Parameters:
    ///   - rows: [count]: rows of the input; nil means 0, 1, 2, ….
    ///   - out: [count][matrix rows], of which this thread's partition is written.
    ///   - next: what this thread reads next, where that is not the matrix that follows for a token in full.
    @discardableResult
    func multiply(
        _ matrix: Int8Matrix, _ input: Activations, rows: UnsafePointer<UInt32>? = nil, count: Int,
        into out: UnsafeMutablePointer<Float>, next: UnsafeRawPointer? = nil
    ) -> Range<Int> {
        let mine = partition(of: matrix.rows, unit: matrix.place.rowUnit)
        var view = input.view()
        own.next = next ?? beginning(of: matrix.next)
        pass.kernels.matmul(
            matrix.bytes + mine.lowerBound * matrix.rowBytes, matrix.rowBytes, mine.count, matrix.columns,
            &view, rows,
            count, out + mine.lowerBound, matrix.rows, own.packed.pointer, own.next)
        return mine
    }

    /// Counts, on one thread for all, what a matrix of a block multiplies.
    func tally(_ kind: BlockMatrix, _ block: Int, _ matrix: Int8Matrix, tokens: Int) {
        guard thread == 0 else { return }
        let counter = pass.work.pointer + block * BlockMatrix.allCases.count + kind.rawValue
        counter.pointee.tokens += tokens
        counter.pointee.products += tokens * matrix.rows * matrix.columns
    }
}
