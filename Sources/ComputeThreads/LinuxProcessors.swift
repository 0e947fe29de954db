import Foundation

/// What Linux says of the processors this process may use.
///
/// A machine lists more than can be used well: two processors of one core share its arithmetic, `taskset` and
/// containers keep to some of them, and a container's quota stops all threads once it is spent. Since threads that
/// compute together meet all the time and spin meanwhile, one thread too many costs far more than it brings.
package struct LinuxProcessors {
    private let root: String

    /// `root` is the path of the folder that holds `proc` and `sys`, with a slash at its end.
    package init(root: String) {
        self.root = root
    }

    /// Cores with a processor that this process may run on, no more than the container's quota pays for; nil where the
    /// system does not say.
    package var usableCores: Int? {
        guard let allowed else { return nil }
        // A core is known by its first processor.
        let cores = Set(allowed.map { siblings(of: $0)?.min() ?? $0 })
        return min(cores.count, quota ?? .max)
    }

    /// Processors that this process may run on.
    private var allowed: Set<Int>? {
        let line = read("proc/self/status")?.split(separator: "\n").first {
            $0.hasPrefix("Cpus_allowed_list:")
        }
        return line.flatMap { Self.list($0.drop { $0 != ":" }.dropFirst()) }
    }

    /// The processors of the core that one belongs to.
    private func siblings(of processor: Int) -> Set<Int>? {
        read("sys/devices/system/cpu/cpu\(processor)/topology/thread_siblings_list").flatMap {
            Self.list($0[...])
        }
    }

    /// Whole processors that the control groups of this process pay for, at least one; nil where there is no limit.
    private var quota: Int? {
        let groups = ControlGroups(root: root)
        let quotas = groups.folders.map { share(of: groups.read("\($0)/cpu.max")) }
        // Version 1 keeps the two numbers in files of their own.
        let old = ["quota", "period"].compactMap { read("sys/fs/cgroup/cpu/cpu.cfs_\($0)_us") }
        let most = (quotas + [share(of: old.joined(separator: " "))]).compactMap { $0 }.min()
        return most.map { max(Int($0), 1) }
    }

    /// "200000 100000" → 2: time to run ÷ time that passes; "max 100000" and "-1 100000" have no limit.
    private func share(of text: String?) -> Double? {
        let numbers = (text ?? "").split { $0.isWhitespace }.map { Double($0) ?? -1 }
        guard numbers.count == 2, numbers[0] > 0, numbers[1] > 0, numbers[0] < 1e15 else { return nil }
        return min(numbers[0] / numbers[1], 1e6)
    }

    /// "0-3,8" → 0, 1, 2, 3, 8; nil for anything else.
    private static func list(_ text: Substring) -> Set<Int>? {
        var numbers: Set<Int> = []
        for range in text.split(whereSeparator: { $0 == "," || $0.isWhitespace }) {
            let ends = range.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) ?? -1 }
            guard let first = ends.first, let last = ends.last, ends.count <= 2, 0 <= first, first <= last,
                last < 1 << 16
            else { return nil }
            numbers.formUnion(first...last)
        }
        return numbers.isEmpty ? nil : numbers
    }

    private func read(_ path: String) -> String? {
        try? String(contentsOfFile: root + path, encoding: .utf8)
    }
}
