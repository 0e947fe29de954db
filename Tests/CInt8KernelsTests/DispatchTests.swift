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

    @Test("The bandwidth probe reads every whole stretch of 64 bytes")
    func probe() {
        var words = [UInt64](repeating: 0, count: 64)
        #expect(int8_read_bandwidth_probe(words, 512) == 0)
        for index in words.indices {
            words[index] = 1
            #expect(int8_read_bandwidth_probe(words, 512) == 1, "word \(index) is not read")
            words[index] = 0
        }
        #expect(int8_read_bandwidth_probe(words, 0) == 0)
    }
}
