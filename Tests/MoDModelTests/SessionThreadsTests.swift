import Foundation
import MoDModel
import TestSupport
import Testing

@Suite("The threads of a session")
struct SessionThreadsTests {
    #if os(Linux)
        /// Whether a thread of this process has the name.
        private func exists(_ name: String) -> Bool {
            let tasks = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task")) ?? []
            return tasks.contains { task in
                (try? String(contentsOfFile: "/proc/self/task/\(task)/comm", encoding: .utf8)) == name + "\n"
            }
        }

        @Test("Threads end with their session", .timeLimit(.minutes(1)))
        func end() async throws {
            let model = try ModelParts().open()
            var session: ModelSession? = try model.session(threads: 78)
            try session?.feed(model.tokens(3), chunks: [3])
            while !exists("compute 77") { try await Task.sleep(for: .milliseconds(5)) }
            #expect(session?.threadCount == 78)
            session = nil
            while exists("compute 77") { try await Task.sleep(for: .milliseconds(5)) }
        }
    #endif

    @Test("Far more threads than processors give the same results")
    func crowded() throws {
        let model = try ModelParts().open()
        let tokens = model.tokens(200)
        let single = try model.session().feed(tokens, chunks: [1])
        // They wait for each other all the time, so their number changes on the way.
        let record = try model.session(threads: 64).feed(tokens, chunks: [1])
        #expect(record.difference(from: single) == nil)
    }
}
