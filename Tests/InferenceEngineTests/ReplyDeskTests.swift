import InferenceEngine
import MoDModel
import Testing

@Suite("The reply desk")
struct ReplyDeskTests {
    private let desk = ReplyDesk(capacity: .dense)

    @Test("has one reply open at a time")
    func one() throws {
        let first = try #require(desk.open())
        #expect(desk.open() == nil)
        desk.close(first)
        #expect(desk.open() != nil)
        #expect(!first.isRequested)
    }

    @Test("lets the next reply in once the open one is asked to stop, and does not confuse the two")
    func stopped() throws {
        let first = try #require(desk.open())
        desk.cancelCurrent()
        #expect(first.isRequested)
        let second = try #require(desk.open())
        #expect(!second.isRequested)
        desk.close(first)
        #expect(desk.open() == nil, "the second is still open")
        desk.cancelCurrent()
        #expect(second.isRequested)
    }
}
