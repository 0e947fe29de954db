import TestSupport
import Testing
import Tokenization

@Suite("Merge queue")
struct MergeQueueTests {
    @Test("The lowest rank comes first, and of equal ranks the leftmost")
    func order() {
        var random = SeededGenerator(seed: 5)
        var queue = MergeQueue()
        for _ in 0..<200 {
            var waiting: [Item] = []
            for _ in 0..<Int.random(in: 0...60, using: &random) {
                if Int.random(in: 0...3, using: &random) > 0 {
                    let item = Item(
                        rank: .random(in: 0...5, using: &random), position: .random(in: 0...9, using: &random)
                    )
                    waiting.append(item)
                    queue.push(rank: item.rank, position: item.position)
                } else {
                    waiting.sort { ($0.rank, $0.position) < ($1.rank, $1.position) }
                    let first = waiting.isEmpty ? nil : waiting.removeFirst()
                    #expect(queue.pop().map(Item.init) == first)
                }
            }
            waiting.sort { ($0.rank, $0.position) < ($1.rank, $1.position) }
            for item in waiting { #expect(queue.pop().map(Item.init) == item) }
            #expect(queue.pop() == nil)
        }
    }

    private struct Item: Equatable {
        var rank: UInt32
        var position: UInt32

        init(rank: UInt32, position: UInt32) {
            self.rank = rank
            self.position = position
        }

        init(_ popped: (rank: UInt32, position: Int)) {
            self.init(rank: popped.rank, position: UInt32(popped.position))
        }
    }
}
