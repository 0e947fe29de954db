import Dispatch
import Foundation
import Synchronization
import TerminalKit
import Testing

@Suite("The input loop")
struct InputLoopTests {
    /// Runs a loop on a pipe in place of a keyboard, on a thread of its own.
    private final class Harness: Sendable {
        let keyboard: WakePipe
        let wake: WakePipe
        private let seen = Mutex<[String]>([])
        private let hasEnded = DispatchSemaphore(value: 0)

        init() throws {
            keyboard = try WakePipe()
            wake = try WakePipe()
            Thread.detachNewThread { [self] in
                var loop = InputLoop(keyboard: keyboard.readEnd, wake: wake) { [self] request in
                    seen.withLock { $0.append(Self.name(request)) }
                }
                loop.run()
                hasEnded.signal()
            }
        }

        private static func name(_ request: InputLoop.Request) -> String {
            switch request {
            case .paused: "paused"
            case .deliver(.key(let key, _)): "\(key)"
            case .deliver(.hangUp): "hangUp"
            case .deliver(.mouse): "mouse"
            case .deliver: "other"
            case .resize: "resize"
            case .suspend(let wholeJob): wholeJob ? "suspend job" : "suspend"
            case .resume: "resume"
            }
        }

        /// What has come once there are so many, or after ten seconds.
        func requests(_ count: Int) -> [String] {
            let deadline = ContinuousClock.now + .seconds(10)
            while ContinuousClock.now < deadline {
                let present = seen.withLock { $0 }
                if present.count >= count { return present }
                usleep(2000)
            }
            return seen.withLock { $0 }
        }

        func type(_ text: String) {
            for byte in text.utf8 { keyboard.send(byte) }
        }

        /// Ends the loop; false if it does not end.
        func end() -> Bool {
            wake.send(WakePipe.end)
            return hasEnded.wait(timeout: .now() + 10) == .success
        }
    }

    @Test("delivers keys, a lone Escape after a moment, and ends when told")
    func keys() throws {
        let harness = try Harness()
        harness.type("a\u{1B}[A")
        #expect(harness.requests(2) == [#"character("a")"#, "up"])
        harness.type("\u{1B}")
        #expect(harness.requests(3).last == "escape")
        harness.type("\u{1A}")
        #expect(harness.requests(4).last == "suspend job")
        #expect(harness.end())
    }

    @Test("passes signals on, each kind once")
    func signals() throws {
        let harness = try Harness()
        harness.wake.send(UInt8(SIGTERM))
        #expect(harness.requests(1) == ["hangUp"])
        harness.wake.send(UInt8(SIGTSTP))
        #expect(harness.requests(2).last == "suspend")
        harness.wake.send(UInt8(SIGCONT))
        #expect(harness.requests(3).last == "resume")
        harness.wake.send(UInt8(SIGWINCH))
        #expect(harness.requests(4).last == "resize")
        #expect(harness.end())
    }

    @Test("says when the keyboard is gone, once, and still ends when told")
    func hangUp() throws {
        let harness = try Harness()
        close(harness.keyboard.writeEnd)
        #expect(harness.requests(1) == ["hangUp"])
        usleep(20_000)
        #expect(harness.requests(1) == ["hangUp"])
        #expect(harness.end())
    }

    @Test("Paused, the loop leaves the keyboard to others and obeys signals")
    func pause() throws {
        let harness = try Harness()
        harness.wake.send(WakePipe.pause)
        #expect(harness.requests(1) == ["paused"])
        harness.type("a")
        harness.wake.send(UInt8(SIGWINCH))
        #expect(harness.requests(2) == ["paused", "resize"])
        harness.wake.send(WakePipe.goOn)
        #expect(harness.requests(3).last?.contains("a") == true)
        // Lent twice in no time: both bytes of the change come together.
        harness.wake.send(WakePipe.pause)
        #expect(harness.requests(4).last == "paused")
        for byte in [WakePipe.goOn, WakePipe.pause] { harness.wake.send(byte) }
        #expect(harness.requests(5).last == "paused")
        #expect(harness.end())
    }
}
