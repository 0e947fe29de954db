#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The operating system's own words for what went wrong.
enum SystemError {
    /// Why the last call failed that set `errno` on this thread.
    static var last: String {
        String(cString: strerror(errno))
    }
}
