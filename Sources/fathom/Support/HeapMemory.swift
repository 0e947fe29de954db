import Foundation

/// How the C library keeps memory that was given back to it.
enum HeapMemory {
    /// Makes blocks of 128 KB and more go back to the system as soon as they are free.
    ///
    /// glibc does so at first, but takes each such block for a sign that more will come, and keeps ever larger ones for
    /// them: what reading a model's vocabulary or storing a long message took for a moment would stay. Other C libraries
    /// have no such habit and no such function.
    static func returnLargeBlocks() {
        // Swift's module of glibc lacks its <malloc.h>.
        guard let symbol = dlsym(UnsafeMutableRawPointer(bitPattern: 0), "mallopt") else { return }
        typealias Mallopt = @convention(c) (_ parameter: Int32, _ value: Int32) -> Int32
        _ = unsafeBitCast(symbol, to: Mallopt.self)(mmapThreshold, 128 << 10)
    }

    /// `M_MMAP_THRESHOLD`; setting it ends its growing.
    private static let mmapThreshold: Int32 = -3
}
