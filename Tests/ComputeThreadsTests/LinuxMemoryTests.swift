import ComputeThreads
import Foundation
import TestSupport
import Testing

@Suite("How much memory Linux lets us have")
struct LinuxMemoryTests {
    /// A machine's `proc` and `sys`: files and what they hold.
    private func available(_ files: [String: String]) throws -> Int? {
        let folder = try TemporaryDirectory()
        for (path, text) in files {
            let file = folder.url.appending(path: path)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }
        return LinuxMemory(root: folder.url.path + "/").available
    }

    private let machine = [
        "proc/meminfo": "MemTotal:       24000 kB\nMemFree:         100 kB\nMemAvailable:    8000 kB\n"
    ]

    @Test("What the machine can give, not only what is free")
    func machineWide() throws {
        #expect(try available(machine) == 8000 << 10)
        #expect(try available([:]) == nil)
    }

    @Test("No more than the strictest of the groups has left, less idle pages of files")
    func groups() throws {
        func available(_ files: [String: String], group: String = "0::/a/b\n") throws -> Int? {
            let all = machine.merging(["proc/self/cgroup": group]) { a, _ in a }
            return try self.available(all.merging(files) { a, _ in a })
        }
        #expect(try available([:]) == 8000 << 10)
        let inner = ["sys/fs/cgroup/a/b/memory.max": "max\n", "sys/fs/cgroup/a/b/memory.current": "5\n"]
        #expect(try available(inner) == 8000 << 10)
        let outer = [
            "sys/fs/cgroup/a/memory.max": "6000000\n", "sys/fs/cgroup/a/memory.current": "5000000\n",
        ]
        #expect(try available(inner.merging(outer) { a, _ in a }) == 1_000_000)
        let idle = ["sys/fs/cgroup/a/memory.stat": "anon 9\nactive_file 7\ninactive_file 3000000\n"]
        #expect(try available(outer.merging(idle) { a, _ in a }) == 4_000_000)
        let spent = ["sys/fs/cgroup/memory.max": "5\n", "sys/fs/cgroup/memory.current": "9\n"]
        #expect(try available(spent, group: "0::/\n") == 0)
        let old = [
            "sys/fs/cgroup/memory/x/memory.limit_in_bytes": "700000\n",
            "sys/fs/cgroup/memory/x/memory.usage_in_bytes": "600000\n",
            "sys/fs/cgroup/memory/x/memory.stat": "inactive_file 1\ntotal_inactive_file 50000\n",
        ]
        #expect(try available(old, group: "7:cpu:/y\n4:memory:/x\n0::/\n") == 150_000)
        #expect(try available(old, group: "0::/x\n") == 8000 << 10)
    }

    @Test(
        "What makes no sense is as good as nothing",
        arguments: ["", "x", "-1 kB", "99999999999999999999 kB", "9223372036854775807 kB"])
    func nonsense(number: String) throws {
        #expect(try available(["proc/meminfo": "MemAvailable: \(number)\n"]) == nil)
        let files = machine.merging([
            "proc/self/cgroup": "0::/a\n", "sys/fs/cgroup/a/memory.max": number,
            "sys/fs/cgroup/a/memory.current": "0\n",
        ]) { a, _ in a }
        #expect(try available(files) == 8000 << 10)
    }

    #if os(Linux)
        @Test("This machine has some, and no more than there is")
        func here() throws {
            let available = try #require(LinuxMemory(root: "/").available)
            #expect(available > 0 && available <= Processors.memory)
            #expect(Processors.availableMemory <= Processors.memory)
        }
    #endif
}
