import Foundation

/// What the program cannot begin without: where the system refuses it, the language's runtime crashes or waits for
/// ever.
enum SystemLimits {
    /// Address space for the runtime, its threads and small models, in MiB.
    private static let addressSpace = 256
    /// Files that are open at once in a chat, with some to spare.
    private static let files = 16

    /// Checks that the system gives what is needed.
    ///
    /// - Throws: a `Failure` that says what it refuses.
    static func check() throws(Failure) {
        let bytes = addressSpace << 20
        guard let space = mmap(nil, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANON, -1, 0), space != MAP_FAILED
        else {
            throw Failure(
                .resources,
                "fathom needs \(addressSpace) MiB of address space. Raise what this shell allows: ulimit -v unlimited"
            )
        }
        munmap(space, bytes)
        var opened: [Int32] = []
        defer { for descriptor in opened { close(descriptor) } }
        while opened.count < files {
            let descriptor = open("/", O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else {
                throw Failure(
                    .resources,
                    "fathom needs \(files) open files. Raise what this shell allows: ulimit -n 1024")
            }
            opened.append(descriptor)
        }
        guard canStartThread else {
            throw Failure(
                .resources,
                "The system refuses threads. End other programs, or raise what this shell allows: ulimit -u")
        }
    }

    private static var canStartThread: Bool {
        #if canImport(Darwin)
            var thread: pthread_t?
            guard pthread_create(&thread, nil, { _ in nil }, nil) == 0, let thread else { return false }
        #else
            var thread = pthread_t()
            guard pthread_create(&thread, nil, { _ in nil }, nil) == 0 else { return false }
        #endif
        return pthread_join(thread, nil) == 0
    }
}
