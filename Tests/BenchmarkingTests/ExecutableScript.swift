import Foundation

/// Writes a script that can be started at once.
///
/// Another process puts it in its place: while this one had it open for writing, a child that another thread forks at
/// that moment would have it open, too, up to its own exec, and until then the system refuses to start it ("Text file
/// busy").
///
/// - Throws: an error of Foundation, or `CocoaError` where the script cannot be put in its place.
func writeExecutable(_ script: String, to url: URL) throws {
    let draft = url.appendingPathExtension("txt")
    try Data(script.utf8).write(to: draft)
    let install = Process()
    install.executableURL = URL(fileURLWithPath: "/bin/sh")
    install.arguments = ["-c", "cp \"$0\" \"$1\" && chmod 755 \"$1\"", draft.path, url.path]
    try install.run()
    install.waitUntilExit()
    guard install.terminationStatus == 0 else { throw CocoaError(.fileWriteUnknown) }
}
