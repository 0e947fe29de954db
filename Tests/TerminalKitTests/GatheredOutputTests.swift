import Foundation
import TerminalKit
import Testing

/// How a picture reaches the terminal, in whose place there is a pipe.
@Suite("What ncurses writes for a picture")
struct GatheredOutputTests {
    /// The system has files in memory.
    private static var canGather: Bool {
        #if os(Linux)
            true
        #else
            false
        #endif
    }

    /// Runs a test with output to a pipe and with what reads from there: nil where there is nothing.
    private func withOutput(_ test: (inout GatheredOutput, () -> String?) throws -> Void) throws {
        let pipe = Pipe()
        defer { withExtendedLifetime(pipe) {} }
        let reader = pipe.fileHandleForReading.fileDescriptor
        var output = try GatheredOutput(terminal: pipe.fileHandleForWriting.fileDescriptor)
        try test(&output) {
            var request = pollfd(fd: reader, events: Int16(POLLIN), revents: 0)
            guard poll(&request, 1, 0) > 0 else { return nil }
            var bytes = [UInt8](repeating: 0, count: 1 << 15)
            let count = read(reader, &bytes, bytes.count)
            return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
        }
    }

    @Test("arrives when it is complete, and nothing else with it", .enabled(if: canGather))
    func gathered() throws {
        try withOutput { output, received in
            let rows = (0..<40).map { "row \($0)\n" }
            let descriptor = output.descriptor
            output.gather {
                for row in rows { _ = write(descriptor, row, row.utf8.count) }
                #expect(received() == nil)
            }
            #expect(received() == rows.joined())
            output.gather { _ = write(descriptor, "short", 5) }
            #expect(received() == "short")
            output.gather {}
            #expect(received() == nil)
        }
    }

    @Test("goes straight to the terminal between two pictures")
    func between() throws {
        try withOutput { output, received in
            let descriptor = output.descriptor
            output.gather { _ = write(descriptor, "picture", 7) }
            #expect(received() == "picture")
            _ = write(descriptor, "end", 3)
            #expect(received() == "end")
        }
    }

    @Test("is not for programs started meanwhile or later")
    func closesOnExec() throws {
        try withOutput { output, _ in
            let descriptor = output.descriptor
            var flags = [fcntl(descriptor, F_GETFD)]
            output.gather { flags.append(fcntl(descriptor, F_GETFD)) }
            flags.append(fcntl(descriptor, F_GETFD))
            #expect(flags == [FD_CLOEXEC, FD_CLOEXEC, FD_CLOEXEC])
        }
    }
}
