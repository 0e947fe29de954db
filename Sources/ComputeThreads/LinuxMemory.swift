import Foundation

/// What Linux says of the memory that this process can still get.
package struct LinuxMemory {
    private let root: String

    /// `root` is the path of the folder that holds `proc` and `sys`, with a slash at its end.
    package init(root: String) {
        self.root = root
    }

    /// Bytes that can be allocated without driving other programs out, and within what the control groups of this
    /// process allow; nil where the system does not say.
    package var available: Int? {
        let groups = ControlGroups(root: root)
        let line = (groups.read("proc/meminfo") ?? "").split(separator: "\n").first {
            $0.hasPrefix("MemAvailable:")
        }
        let kilobytes = line?.split(separator: " ").dropFirst().first.flatMap { Int($0) }
        let ofMachine = kilobytes.flatMap { $0 >= 0 && $0 < Int.max >> 10 ? $0 << 10 : nil }
        let ofGroups =
            groups.folders.map {
                left(groups, $0, limit: "memory.max", used: "memory.current", pages: "inactive_file")
            }
            + groups.folders(controller: "memory").map {
                left(
                    groups, $0, limit: "memory.limit_in_bytes", used: "memory.usage_in_bytes",
                    pages: "total_inactive_file")
            }
        return (ofGroups + [ofMachine]).compactMap { $0 }.min()
    }

    /// What a group has left: pages of files that nobody has used for a while are given back where memory is wanted.
    private func left(
        _ groups: ControlGroups, _ folder: String, limit: String, used: String, pages: String
    ) -> Int? {
        func number(_ file: String) -> Int? {
            let text = groups.read("\(folder)/\(file)")?.trimmingCharacters(in: .whitespacesAndNewlines)
            return text.flatMap { Int($0) }.flatMap { $0 >= 0 ? $0 : nil }
        }
        guard let most = number(limit), let now = number(used) else { return nil }
        let idle =
            (groups.read("\(folder)/memory.stat") ?? "").split(separator: "\n")
            .first { $0.hasPrefix(pages + " ") }.flatMap { Int($0.dropFirst(pages.count + 1)) } ?? 0
        return max(most - max(now - max(idle, 0), 0), 0)
    }
}
