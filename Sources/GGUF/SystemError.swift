#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The operating system's own words for the last failed call.
enum SystemError {
    static var last: String {
        String(cString: strerror(errno))
    }
}
