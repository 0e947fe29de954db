import Foundation
import MoDModel
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
            "A thread leaves a processor that is taken at once, and may come back",
            .enabled(if: (LinuxProcessors(root: "/").usableCores ?? 1) > 1, "There is but one processor."))
        func moving() async throws {
            let (here, there, back) = await onThread {
                let here = ProcessorPlacement.current
                let there = ProcessorPlacement.move(offAnyOf: here.map { [$0] } ?? [])
                ProcessorPlacement.limit(to: Set([here].compactMap { $0 }))
                return (here, there, ProcessorPlacement.current)
            }
            #expect(here != nil && there != nil && there != here)
            #expect(back == here)
        }

        @Test("A thread that may run nowhere else stays")
        func staying() async {
            let (here, there, after) = await onThread {
                ProcessorPlacement.limit(to: Set([ProcessorPlacement.current].compactMap { $0 }))
                let here = ProcessorPlacement.current
                let there = ProcessorPlacement.move(offAnyOf: here.map { [$0] } ?? [])
                return (here, there, ProcessorPlacement.current)
            }
            #expect(here != nil && there == nil && after == here)
        }
    }
#endif
