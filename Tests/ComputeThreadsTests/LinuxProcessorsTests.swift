import ComputeThreads
import Foundation
import TestSupport
import Testing

@Suite("Which processors Linux lets us use")
struct LinuxProcessorsTests {
    /// A machine's `proc` and `sys`: files and what they hold.
    private func usable(_ files: [String: String]) throws -> Int? {
        let folder = try TemporaryDirectory()
        for (path, text) in files {
            let file = folder.url.appending(path: path)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }
        return LinuxProcessors(root: folder.url.path + "/").usableCores
    }

    private func allowed(_ list: String) -> [String: String] {
        [
            "proc/self/status":
                "Name:\tfathom\nCpus_allowed:\tff\nCpus_allowed_list:\t\(list)\nMems_allowed:\t1\n"
        ]
    }

    /// Two processors a core, numbered one after the other.
    private func pairs(_ count: Int) -> [String: String] {
        Dictionary(
            uniqueKeysWithValues: (0..<count).map { processor in
                let first = processor / 2 * 2
                return (
                    "sys/devices/system/cpu/cpu\(processor)/topology/thread_siblings_list",
                    "\(first)-\(first + 1)\n"
                )
            })
    }

    @Test("Those of the affinity mask", arguments: [("0-3", 4), ("0", 1), ("1,3,8-9", 4), ("0-1023", 1024)])
    func mask(list: String, count: Int) throws {
        #expect(try usable(allowed(list)) == count)
    }

    @Test("Two of one core count once, but one of each of two cores twice")
    func siblings() throws {
        #expect(try usable(allowed("0-7").merging(pairs(8)) { a, _ in a }) == 4)
        #expect(try usable(allowed("1,3").merging(pairs(8)) { a, _ in a }) == 2)
        #expect(try usable(allowed("2-3").merging(pairs(8)) { a, _ in a }) == 1)
    }

    @Test("No more than the strictest of the groups pays for, and at least one")
    func quota() throws {
        func usable(_ groups: [String: String], group: String = "0::/a/b\n") throws -> Int? {
            let files = allowed("0-15").merging(["proc/self/cgroup": group]) { a, _ in a }
            return try self.usable(files.merging(groups) { a, _ in a })
        }
        #expect(try usable([:]) == 16)
        #expect(try usable(["sys/fs/cgroup/cpu.max": "250000 100000\n"], group: "0::/\n") == 2)
        #expect(try usable(["sys/fs/cgroup/a/b/cpu.max": "max 100000\n"]) == 16)
        #expect(
            try usable([
                "sys/fs/cgroup/a/cpu.max": "300000 100000\n", "sys/fs/cgroup/a/b/cpu.max": "800000 100000\n",
            ]) == 3)
        #expect(try usable(["sys/fs/cgroup/a/b/cpu.max": "1000 100000\n"]) == 1)
        let old = [
            "quota": "sys/fs/cgroup/cpu/cpu.cfs_quota_us", "period": "sys/fs/cgroup/cpu/cpu.cfs_period_us",
        ]
        #expect(try usable([old["quota"] ?? "": "400000\n", old["period"] ?? "": "100000\n"]) == 4)
        #expect(try usable([old["quota"] ?? "": "-1\n", old["period"] ?? "": "100000\n"]) == 16)
    }

    @Test(
        "What makes no sense is as good as nothing",
        arguments: ["", "x", "3-1", "-1", "1-2-3", "0-99999999999999999999", "0-70000"])
    func nonsense(list: String) throws {
        #expect(try usable(allowed(list)) == nil)
        #expect(try usable([:]) == nil)
        let files = allowed("0-3").merging(
            ["sys/devices/system/cpu/cpu0/topology/thread_siblings_list": list]
        ) { a, _ in a }
        #expect(try usable(files) == 4)
    }

    #if os(Linux)
        @Test("This machine's are at least one")
        func here() {
            #expect((LinuxProcessors(root: "/").usableCores ?? 0) >= 1)
        }
    #endif
}
