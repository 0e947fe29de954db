public import Foundation

extension ConversationStore {
    /// The path of the folder for conversations according to the XDG Base Directory Specification: `fathom` in
    /// `$XDG_DATA_HOME` where that is an absolute path (others are to be ignored), else in `~/.local/share`.
    ///
    /// - Throws: `StoreError.noHome` where the user has no home folder.
    public static func defaultFolder(
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(StoreError) -> String {
        if let data = environment["XDG_DATA_HOME"], data.hasPrefix("/") { return data + "/fathom" }
        guard let home = homeFolder(environment: environment) else { throw .noHome }
        return home + "/.local/share/fathom"
    }

    /// The absolute path of the user's home folder: `$HOME`, else what the system's list of users says; nil where
    /// neither names one.
    public static func homeFolder(
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) -> String? {
        if let home = environment["HOME"], home.hasPrefix("/") { return home }
        // Not asked without need: the C library connects to a local service for it.
        let listed = getpwuid(getuid()).flatMap { $0.pointee.pw_dir }.map { String(cString: $0) }
        return listed.flatMap { $0.hasPrefix("/") ? $0 : nil }
    }
}
