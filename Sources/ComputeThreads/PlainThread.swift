import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Threads of the system's own. Foundation's say nothing when the system refuses one.
enum PlainThread {
    /// The system refused a thread, for this reason.
    struct Refusal: Error, CustomStringConvertible {
        let code: Int32

        var description: String { String(cString: strerror(code)) }
    }

    /// What a thread is given.
    private final class Work: Sendable {
        let name: String
        let body: @Sendable () -> Void

        init(name: String, body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }
    }

    /// Starts a thread that ends with `body`; nobody waits for it.
    static func start(name: String, _ body: @escaping @Sendable () -> Void) throws(Refusal) {
        let work = Unmanaged.passRetained(Work(name: name, body: body)).toOpaque()
        let code = create(work)
        guard code == 0 else {
            Unmanaged<Work>.fromOpaque(work).release()
            throw Refusal(code: code)
        }
    }

    private static func create(_ work: UnsafeMutableRawPointer) -> Int32 {
        #if canImport(Darwin)
            var thread: pthread_t?
        #else
            var thread = pthread_t()
        #endif
        return pthread_create(&thread, nil, entry, work)
    }

    /// What the thread begins with, as C wants it.
    private static let entry: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = {
        work in
        guard let work else { return nil }
        let taken = Unmanaged<Work>.fromOpaque(work).takeRetainedValue()
        pthread_detach(pthread_self())
        Thread.current.name = taken.name
        taken.body()
        return nil
    }
}
