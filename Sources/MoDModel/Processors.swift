import Foundation

/// The machine's processors and their memory.
enum Processors {
    /// One thread for each processor that is ours to use, up to eight: decoding is bound by memory long
    /// before.
    static var defaultThreadCount: Int {
        min(ProcessInfo.processInfo.activeProcessorCount, 8)
    }
    /// Bytes of memory there are.
    static var memory: Int {
        Int(clamping: ProcessInfo.processInfo.physicalMemory)
    }
}
