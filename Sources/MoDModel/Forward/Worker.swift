import CInt8Kernels
import ComputeThreads

/// One thread's part of a forward pass: who computes what, and the products that all steps are made of.
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

    /// This thread's part of `count` things that come in units: matrix rows in units of 32, so that a thread
    /// quantises whole groups of what it computed.
    func partition(of count: Int, unit: Int = 1) -> Range<Int> {
        let units = (count + unit - 1) / unit
        let first = units * thread / threadCount * unit
        let last = units * (thread + 1) / threadCount * unit
        return min(first, count)..<min(last, count)
    }

    /// Whether the chunk is a single token (decode). What is small is then replicated: every thread computes it for
    /// itself, in buffers of its own, which takes less time than meeting at the barrier.
    var isReplicated: Bool { tokenCount == 1 }

    /// The tokens, of `count`, whose norms this thread computes.
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

    // MARK: Meeting

    /// Waits until all threads have come here. The kernels have fetched the beginning of what comes next already: the
    /// lookahead and up to a panel of rows more.
    func meet() {
        barrier.wait(fetching: own.next.map { $0 + 2 * Int(INT8_LOOKAHEAD) })
    }

    /// Waits for what other threads computed of a chunk's tokens; what is replicated this thread has computed itself.
    func meetUnlessReplicated() {
        if !isReplicated { meet() }
    }

    // MARK: Products

    /// Where this thread's rows of a matrix begin.
    func beginning(of matrix: Int8Matrix) -> UnsafeRawPointer {
        beginning(of: matrix.place)
    }

    private func beginning(of place: Int8Matrix.Place) -> UnsafeRawPointer {
        place.bytes + partition(of: place.rows, unit: Int(INT8_GROUP)).lowerBound * place.rowBytes
    }

    /// out[i][r] = ⟨matrix row r, activations of row rows[i] of the input⟩ for this thread's part of the matrix's rows, which
    /// is returned. Meanwhile the beginning of what this thread reads next is fetched.
    ///
    /// - Parameters:
    ///   - rows: [count]; nil means 0, 1, 2, ….
    ///   - out: [count][matrix rows].
    ///   - next: if it is not what follows the matrix in a pass in full.
    @discardableResult
    func multiply(
        _ matrix: Int8Matrix, _ input: Activations, rows: UnsafePointer<UInt32>? = nil, count: Int,
        into out: UnsafeMutablePointer<Float>, next: UnsafeRawPointer? = nil
    ) -> Range<Int> {
        let mine = partition(of: matrix.rows, unit: Int(INT8_GROUP))
        var view = input.view()
        own.next = next ?? beginning(of: matrix.next)
        pass.kernels.matmul(
            matrix.bytes + mine.lowerBound * matrix.rowBytes, matrix.rowBytes, mine.count, matrix.columns,
            &view, rows,
            count, out + mine.lowerBound, matrix.rows, own.packed.pointer, own.next)
        return mine
    }

    /// Counts what a matrix of a block multiplies.
    func tally(_ kind: BlockMatrix, _ block: Int, _ matrix: Int8Matrix, tokens: Int) {
        guard thread == 0 else { return }
        let counter = pass.work.pointer + block * BlockMatrix.allCases.count + kind.rawValue
        counter.pointee.tokens += tokens
        counter.pointee.products += tokens * matrix.rows * matrix.columns
    }
}
