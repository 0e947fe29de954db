import Benchmarking
import Testing

@Suite("Resident memory")
struct ResidentMemoryTests {
    private let mappings = """
        00400000-00500000 r-xp 00000000 08:01 10 /usr/bin/fathom
        Size:               1024 kB
        Rss:                 100 kB
        Anonymous:             4 kB
        VmFlags: rd ex mr mw me
        7f000000-7f100000 r--s 00000000 08:01 11                         /models/a model.gguf
        Rss:                9000 kB
        Anonymous:             0 kB
        7f200000-7f300000 rw-p 00000000 00:00 0
        Rss:                 512 kB
        Anonymous:           512 kB
        7f400000-7f500000 rw-p 00000000 00:00 0                          [heap]
        Rss:                  64 kB
        Anonymous:            64 kB

        """

    @Test("is what the process has of its own and what it maps, but for the model's file and the cache")
    func sums() {
        let memory = ResidentMemory(
            mappings: mappings, files: ["/models/a model.gguf"], cacheBytes: 100 << 10, contextTokens: 7)
        #expect(memory.own == (4 + 512 + 64 - 100) << 10)
        #expect(memory.program == (100 - 4) << 10)
        #expect(memory.contextTokens == 7)
    }

    @Test("A file that is not the model's counts")
    func otherFiles() {
        let memory = ResidentMemory(mappings: mappings, files: ["/models/a"], cacheBytes: 0, contextTokens: 0)
        #expect(memory.program == (100 - 4 + 9000) << 10)
    }

    @Test("Of nothing there is nothing")
    func nothing() {
        let memory = ResidentMemory(mappings: "\n \n", files: [], cacheBytes: 0, contextTokens: 0)
        #expect(memory.own == 0 && memory.program == 0)
    }
}
