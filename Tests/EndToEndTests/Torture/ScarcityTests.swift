import Foundation
import Testing

extension Torture {
    /// Memory, threads, descriptors and stack that the system does not give.
    @Suite("Torture: scarcity", .serialized)
    struct ScarcityTests {
        /// What the shell takes away before the program starts.
        private static let limits = [
            "ulimit -v 60000", "ulimit -v 120000", "ulimit -v 200000", "ulimit -v 400000", "ulimit -n 3",
            "ulimit -n 4",
            "ulimit -n 5", "ulimit -n 6", "ulimit -n 8", "ulimit -n 12", "ulimit -s 64", "ulimit -s 128",
            "ulimit -s 256",
            "ulimit -c 0; ulimit -l 0", "exec <&-", "exec >&-", "exec 2>&-",
            "exec <&- >&- 2>&-",
        ]

        @Test("Whatever is scarce, a reply comes, or one line says what is missing", arguments: limits)
        func limited(_ limit: String) async throws {
            let home = try Home()
            let model = try home.model()
            let outcome = try await Subprocess.run(
                "/bin/sh",
                [
                    "-c", "\(limit); exec \"$0\" \"$@\"", try Program.built(), "run", "hello", "--max-tokens",
                    "4", "--model",
                    model, "--threads", "2",
                ],
                in: home, environment: home.environment, limit: .seconds(60))
            // 127 and signals by the loader: the program itself was not reached.
            let notLoaded = outcome.errors.contains("error while loading shared libraries")
            #expect(!outcome.wasKilled || notLoaded, "status \(outcome.status): \(outcome.errors)")
            guard outcome.status != 0, !notLoaded, !limit.contains("2>&-") else { return }
            let lines = outcome.errors.split(separator: "\n")
            #expect(lines.count == 1 && lines.first?.hasPrefix("fathom: ") == true, "\(lines)")
            #expect([66, 71, 73, 74].contains(outcome.status), "\(outcome.status): \(lines)")
        }
    }
}
