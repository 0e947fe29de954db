import Foundation

/// The control groups of this process, by which containers limit it: a group, and all that it lies in.
struct ControlGroups {
    private let root: String

    /// `root` is the path of the folder that holds `proc` and `sys`, with a slash at its end.
    init(root: String) {
        self.root = root
    }

    /// Folders of the groups of version 2, from the innermost out.
    var folders: [String] {
        nested(group(of: "0::"), in: "sys/fs/cgroup")
    }

    /// Folders of the groups of version 1 that a controller keeps, from the innermost out.
    func folders(controller: String) -> [String] {
        let line = lines.first { line in
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            return parts.count == 3 && parts[1].split(separator: ",").contains { $0 == controller }
        }
        let path = line.flatMap { $0.split(separator: ":", maxSplits: 2).last.map(String.init) }
        return nested(path.map { String($0.drop { $0 == "/" }) }, in: "sys/fs/cgroup/\(controller)")
    }

    /// What a file of a folder holds; nil where there is none.
    func read(_ path: String) -> String? {
        try? String(contentsOfFile: root + path, encoding: .utf8)
    }

    private var lines: [Substring] {
        (read("proc/self/cgroup") ?? "").split(separator: "\n")
    }

    private func group(of prefix: String) -> String? {
        lines.first { $0.hasPrefix(prefix + "/") }.map { String($0.dropFirst(prefix.count + 1)) }
    }

    private func nested(_ group: String?, in folder: String) -> [String] {
        let names = (group ?? "").split(separator: "/")
        return (0...names.count).reversed().map { count in
            ([Substring(folder)] + names.prefix(count)).joined(separator: "/")
        }
    }
}
