import Foundation

/// How the C library keeps memory that was given back to it.
enum HeapMemory {
    /// Makes pieces of memory of 128 KB and more go back to the system as soon as they are free.
    ///
    /// glibc returns them at first, but takes each for a sign that more will come, and keeps ever larger ones for
    /// those: what reading a model's vocabulary or storing a long message took for a moment would stay. Other C
    /// libraries have no such habit and no such function.
    static func returnLargePieces() {
        // Swift's module of glibc lacks its <malloc.h>.
        guard let symbol = dlsym(UnsafeMutableRawPointer(bitPattern: 0), "mallopt") else { return }
        typealias Mallopt = @convention(c) (_ parameter: Int32, _ value: Int32) -> Int32
        _ = unsafeBitCast(symbol, to: Mallopt.self)(mmapThreshold, 128 << 10)
    }

    /// glibc's `M_MMAP_THRESHOLD`; once it is set it grows no more.
    private static let mmapThreshold: Int32 = -3
}
