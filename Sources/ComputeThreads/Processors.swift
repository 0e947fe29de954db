import Foundation

/// The machine's processors and their memory.
public enum Processors {
    /// What is bound by memory a few cores fill; how many more help what is not has not been measured.
    private static let mostThreads = 8

    /// One thread for each core that this process may use, up to eight. Where some cores are slower by design, only the
    /// fast ones: all threads would wait for the slowest.
    public static var defaultThreadCount: Int {
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
    public static var memory: Int {
        Int(clamping: ProcessInfo.processInfo.physicalMemory)
    }

    /// Bytes of memory that this process can still get: what is free or soon given back, and within what a container
    /// allows. Where the system does not say, all there is.
    public static var availableMemory: Int {
        #if os(Linux)
            if let available = LinuxMemory(root: "/").available { return min(available, memory) }
        #endif
        return memory
    }
}
