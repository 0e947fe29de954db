import Foundation

/// The machine's processors.
enum Processors {
    /// One thread for each processor that is ours to use, up to eight: decoding is bound by memory long
    /// before.
    static var defaultThreadCount: Int {
        min(ProcessInfo.processInfo.activeProcessorCount, 8)
    }
}
