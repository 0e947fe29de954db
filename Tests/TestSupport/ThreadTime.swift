import Foundation

/// The time that the processor spends on this thread for some work. Unlike the clock's it does not grow with what else
/// runs at the same time, such as other tests.
public func threadTime(_ work: () throws -> Void) rethrows -> Duration {
    let start = spent()
    try work()
    return spent() - start
}

private func spent() -> Duration {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
}
