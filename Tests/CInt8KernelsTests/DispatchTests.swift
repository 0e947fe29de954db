import CInt8Kernels
import Testing

@Suite("Choosing kernels")
struct DispatchTests {
    @Test("The portable set is always there, and last")
    func portableIsLast() {
        #expect(KernelSet.all.last?.name == "portable")
        #expect(int8_kernels_at(int8_kernels_count()) == nil)
        #expect(int8_kernels_at(.max) == nil)
    }

    @Test("No two sets have one name")
    func names() {
        #expect(Set(KernelSet.all.map(\.name)).count == KernelSet.all.count)
    }

    @Test("The bandwidth probe reads every whole stretch of 64 bytes", arguments: 0..<UInt32(INT8_READERS))
    func probe(way: UInt32) {
        let reader = int8_reader(way)
        // Two steps for each of four streams, and what is left over of another.
        let lines = 2 * 4 * 4 + 5
        let words = UnsafeMutableRawBufferPointer.allocate(byteCount: lines * 64 + 32, alignment: 64)
            .bindMemory(to: UInt64.self)
        defer { words.deallocate() }
        words.initialize(repeating: 0)
        #expect(int8_read_bandwidth_probe(words.baseAddress, words.count * 8, reader) == 0)
        for index in 0..<lines * 8 {
            words[index] = 1
            let sum = int8_read_bandwidth_probe(words.baseAddress, words.count * 8, reader)
            #expect(sum == 1, "word \(index) is not read")
            words[index] = 0
        }
        #expect(int8_read_bandwidth_probe(words.baseAddress, 0, reader) == 0)
    }
}
