import ComputeThreads
import Testing

@Suite("How many threads compute where others want the processors")
struct CrowdingTests {
    private func note(_ crowding: inout Crowding, isHeldUp: Bool, times: Int = 1) -> [Int] {
        (0..<times).map { _ in
            crowding.note(waited: .milliseconds(isHeldUp ? 30 : 20), of: .milliseconds(100))
            return crowding.threadCount
        }
    }

    @Test("Waiting once is chance, twice halves the threads, down to one")
    func fewer() {
        var crowding = Crowding(threadCount: 6)
        #expect(note(&crowding, isHeldUp: false, times: 100) == Array(repeating: 6, count: 100))
        #expect(note(&crowding, isHeldUp: true) == [6])
        #expect(note(&crowding, isHeldUp: false) == [6])
        #expect(note(&crowding, isHeldUp: true, times: 5) == [6, 3, 1, 1, 1])
    }

    @Test("More are tried after a pause, which doubles with every failure and ends")
    func more() {
        var crowding = Crowding(threadCount: 2)
        var pauses: [Int] = []
        for _ in 0..<8 {
            #expect(note(&crowding, isHeldUp: true, times: 2) == [2, 1])
            var pause = 0
            while crowding.threadCount == 1, pause < 1000 {
                pause += note(&crowding, isHeldUp: false).count
            }
            pauses.append(pause)
        }
        #expect(pauses == [8, 16, 32, 64, 128, 256, 256, 256])
        // Long enough undisturbed, and it begins anew.
        #expect(note(&crowding, isHeldUp: false, times: 256).allSatisfy { $0 == 2 })
        #expect(note(&crowding, isHeldUp: true, times: 2) == [2, 1])
        #expect(note(&crowding, isHeldUp: false, times: 8) == Array(repeating: 1, count: 7) + [2])
    }
}
