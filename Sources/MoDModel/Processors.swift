import Foundation

/// The machine's processors and their memory.
enum Processors {
    /// More threads than this no longer help: decoding is bound by memory long before.
    private static let mostThreads = 8

    /// One thread for each core that is ours to use, up to eight.
    static var defaultThreadCount: Int {
        #if os(Linux)
            if let usable = LinuxProcessors(root: "/").usableCores { return min(usable, mostThreads) }
        #endif
        return min(ProcessInfo.processInfo.activeProcessorCount, mostThreads)
    }

    /// Bytes of memory there are.
    static var memory: Int {
        Int(clamping: ProcessInfo.processInfo.physicalMemory)
    }
}
