#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A whole file mapped read-only, unmapped when the last reference goes.
///
/// Reading a file that another program truncates while it is mapped ends the process (see `TruncationTrap`): replace
/// model files by renaming a new one into place, as `GGUFWriter` does.
///
/// Unchecked because a raw pointer is not Sendable by itself; here both fields are constant from `init` to
/// `deinit` and the memory behind them is never written, so any thread may read it.
final class MappedFile: @unchecked Sendable {
    let path: String
    /// The file's bytes, at least one; valid as long as this object lives.
    let bytes: UnsafeRawBufferPointer
    private let watch: TruncationTrap.Watch?

    convenience init(path: String) throws(GGUFError) {
        // Without O_NONBLOCK, opening a named pipe would wait for a writer.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            throw .unreadable(path: path, reason: SystemError.last)
        }
        defer { close(descriptor) }
        try self.init(descriptor: descriptor, path: path)
    }

    /// Maps an open file, which may be closed then.
    ///
    /// - Parameter path: what errors call it.
    init(descriptor: Int32, path: String) throws(GGUFError) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw .unreadable(path: path, reason: SystemError.last)
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw .unreadable(path: path, reason: "it is not a regular file; give the path of a .gguf file")
        }
        guard let size = Int(exactly: status.st_size), size > 0 else {
            throw .notGGUF(path: path, reason: "the file is empty")
        }
        guard let base = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0), base != MAP_FAILED else {
            throw .unreadable(path: path, reason: SystemError.last)
        }
        self.path = path
        bytes = UnsafeRawBufferPointer(start: base, count: size)
        watch = TruncationTrap.watch(bytes, path: path)
    }

    deinit {
        watch?.end()
        munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count)
    }
}
