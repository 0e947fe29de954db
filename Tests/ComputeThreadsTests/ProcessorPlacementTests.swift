import ComputeThreads
import Foundation
import Testing

#if os(Linux)
    @Suite("Where compute threads run")
    struct ProcessorPlacementTests {
        /// What `body` gives on a thread of its own, whose limits nobody else inherits.
        private func onThread<R: Sendable>(_ body: @escaping @Sendable () -> R) async -> R {
            await withCheckedContinuation { continuation in
                Thread { continuation.resume(returning: body()) }.start()
            }
        }

        @Test(
            "A thread leaves a processor that is taken",
            .enabled(if: ProcessorPlacement.allowedCount > 1, "There is but one processor."))
        func moving() async throws {
            let moves = await onThread {
                (0..<20).map { _ in
                    let here = ProcessorPlacement.current
                    return (here, ProcessorPlacement.move(offAnyOf: [here].compactMap { $0 }))
                }
            }
            for (here, there) in moves {
                #expect(here != nil && there != nil && there != here)
            }
        }

        @Test("A thread that may run nowhere else stays, and so does what it may run on")
        func staying() async {
            let (moved, before, after) = await onThread {
                let before = ProcessorPlacement.allowedCount
                let moved = ProcessorPlacement.move(offAnyOf: Array(0..<1024))
                return (moved, before, ProcessorPlacement.allowedCount)
            }
            #expect(moved == nil && before == after && before > 0)
        }
    }
#endif
