import Foundation

/// The machine that figures are of.
enum Machine {
    /// The processor's name and how many of its cores are there.
    static var processor: String {
        "\(name ?? "unknown processor"), \(ProcessInfo.processInfo.processorCount) cores"
    }

    private static var name: String? {
        #if canImport(Darwin)
            var bytes = [UInt8](repeating: 0, count: 256)
            var count = bytes.count
            guard sysctlbyname("machdep.cpu.brand_string", &bytes, &count, nil, 0) == 0 else { return nil }
            return String(decoding: bytes.prefix(while: { $0 != 0 }), as: UTF8.self)
        #else
            return systemFile("/proc/cpuinfo")?.firstMatch(of: /model name\s*:\s*(.+)/).map { String($0.1) }
        #endif
    }

    /// What the kernel tells in a file of /proc. Such a file says that it is empty, so it is read until it ends.
    static func systemFile(_ path: String) -> String? {
        guard let file = FileHandle(forReadingAtPath: path) else { return nil }
        var content = Data()
        while let part = try? file.read(upToCount: 1 << 16), !part.isEmpty { content += part }
        return String(decoding: content, as: UTF8.self)
    }
}
