import CInt8Kernels
import Foundation
import Synchronization

/// How fast the machine's memory can be read: the limit that decoding is held to, since it reads every weight
/// once a token.
public enum MemoryBandwidth {
    /// Reads a buffer much larger than the caches with several threads, a few times, and returns the best
    /// rate in bytes a second.
    public static func measure(threads: Int) -> Double {
        let probe = Probe(bytes: 256 << 20)
        let pool = ComputeThreads(count: threads)
        var best = 0.0
        for _ in 0..<5 {
            let start = ContinuousClock.now
            pool.run(probe)
            let elapsed = ContinuousClock.now - start
            best = max(best, Double(probe.buffer.count) / (elapsed / .seconds(1)))
        }
        return best
    }

    /// `@unchecked Sendable`: the buffer is only read once the threads run.
    private final class Probe: ParallelWork, @unchecked Sendable {
        let buffer: AlignedBuffer<UInt8>
        /// Keeps the compiler from leaving the reading out.
        private let checksum = Atomic<UInt64>(0)

        init(bytes: Int) {
            buffer = AlignedBuffer(bytes)
            // Untouched pages all share one page of zeros, which never leaves the cache.
            buffer.pointer.update(repeating: 1, count: bytes)
        }

        func run(thread: Int, of threadCount: Int, barrier: SpinBarrier) {
            let share = buffer.count / threadCount / 64 * 64
            let sum = int8_read_bandwidth_probe(buffer.pointer + thread * share, share)
            checksum.bitwiseXor(sum, ordering: .relaxed)
        }
    }
}
