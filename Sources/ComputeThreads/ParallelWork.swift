/// Work that several threads do together.
public protocol ParallelWork: AnyObject, Sendable {
    /// Called once on each of `threadCount` threads, with its index; the threads meet at `barrier` as often as they
    /// like.
    func run(thread: Int, of threadCount: Int, barrier: SpinBarrier)
}
