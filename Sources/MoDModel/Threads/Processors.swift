import Foundation

/// The machine's processors and their memory.
enum Processors {
    /// Decoding is bound by memory, and a few cores fill it; how many more help prefill has not been measured.
    private static let mostThreads = 8

    /// One thread for each core that is ours to use, up to eight. Where some cores are slower by design, only the fast ones:
    /// all threads would wait for the slowest.
    static var defaultThreadCount: Int {
        #if os(Linux)
            if let usable = LinuxProcessors(root: "/").usableCores { return min(usable, mostThreads) }
        #elseif canImport(Darwin)
            var fast: Int32 = 0
            var size = MemoryLayout<Int32>.size
            if sysctlbyname("hw.perflevel0.physicalcpu", &fast, &size, nil, 0) == 0, fast > 0 {
                return min(Int(fast), mostThreads)
            }
        #endif
        return min(ProcessInfo.processInfo.activeProcessorCount, mostThreads)
    }

    /// Bytes of memory there are.
    static var memory: Int {
        Int(clamping: ProcessInfo.processInfo.physicalMemory)
    }
}
