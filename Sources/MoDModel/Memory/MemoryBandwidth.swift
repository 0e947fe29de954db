import CInt8Kernels
import ComputeThreads
import Foundation
import Synchronization

/// How fast the machine's memory can be read: the limit that decoding is held to, since it reads every weight
/// once a token.
///
/// What is measured is the best that reading can do, not what the forward pass does: the widest loads there are,
/// software prefetch, huge pages where the system has them, and no arithmetic to speak of.
public final class MemoryBandwidth {
    private let probe: Probe

    /// Reads of the whole buffer in one measurement, of each kind.
    private static let passes = 3

    /// Takes 256 MiB of memory, which is much more than the caches hold.
    ///
    /// - Throws: `ModelError.resources`.
    public init() throws(ModelError) {
        probe = try Probe(bytes: 256 << 20)
    }

    /// Bytes a second, each thread reading its part of the buffer: the best of a few passes, which take some 50 ms.
    ///
    /// - Throws: `ModelError.resources`.
    public func measure(threads: Int) throws(ModelError) -> Double {
        let team = try ModelError.wrapping { () throws(ThreadError) in try ThreadTeam(count: threads) }
        var best = 0.0
        for _ in 0..<Self.passes {
            for reader in 0..<UInt32(INT8_READERS) {
                probe.reader = int8_reader(reader)
                let start = ContinuousClock.now
                team.run(probe)
                let elapsed = ContinuousClock.now - start
                best = max(best, Double(probe.buffer.count) / (elapsed / .seconds(1)))
            }
        }
        return best
    }

    /// `@unchecked Sendable`: while the threads run, the buffer and the way of reading are only read.
    private final class Probe: ParallelWork, @unchecked Sendable {
        let buffer: AlignedBuffer<UInt8>
        var reader = int8_reader_one_stream
        /// Keeps the compiler from leaving the reading out.
        private let checksum = Atomic<UInt64>(0)

        init(bytes: Int) throws(ModelError) {
            buffer = try AlignedBuffer(bytes)
            #if os(Linux)
                // Where the system has none to give, the pages are small and nothing else changes.
                let page = Int(sysconf(Int32(_SC_PAGESIZE)))
                let start = UnsafeMutableRawPointer(buffer.pointer).alignedUp(toMultipleOf: page)
                madvise(start, bytes - page, MADV_HUGEPAGE)
            #endif
            // Untouched pages all share one page of zeros, which never leaves the cache.
            buffer.pointer.update(repeating: 1, count: bytes)
        }

        func run(thread: Int, of threadCount: Int, barrier: SpinBarrier) {
            let unit = Int(INT8_ALIGNMENT)
            let share = buffer.count / threadCount / unit * unit
            let part = buffer.pointer + thread * share
            let sum = int8_read_bandwidth_probe(part, share, reader)
            checksum.bitwiseXor(sum, ordering: .relaxed)
        }
    }
}
