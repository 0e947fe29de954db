import MoDModel
import TestSupport
import Testing

@Suite("Errors of a session")
struct SessionErrorTests {
    @Test("A full context is refused, and what is there stays good", arguments: Variant.all)
    func contextFull(variant: Variant) throws {
        let model = try variant.model()
        let tokens = model.tokens(24)
        let session = try model.session(contextLength: 20, capacity: Capacity(0.5))
        let straight = try model.session(capacity: Capacity(0.5)).feed(tokens)
        try session.feed(Array(tokens[..<16]), chunks: [16])
        #expect(throws: ModelError.contextFull(limit: 20)) {
            try session.forward(tokens[16..<21], logits: .last)
        }
        #expect(session.position == 16)
        #expect(session.withLogits(row: 15) { Array($0) } == straight.logits[15])
        let rest = try session.feed(Array(tokens[16..<20]), chunks: [3])
        #expect(
            rest.difference(
                from: Record(
                    logits: Array(straight.logits[16..<20]), routings: Array(straight.routings[16..<20])))
                == nil)
        #expect(throws: ModelError.contextFull(limit: 20)) { try session.forward([0], logits: .last) }
    }

    @Test(
        "A token outside the vocabulary is refused, and the session goes on",
        arguments: [-1, 267, .max, .min])
    func tokenOutOfRange(token: Int32) throws {
        let model = try ModelParts().open()
        #expect(model.configuration.vocabularySize == 267)
        let tokens = model.tokens(12)
        let session = try model.session()
        try session.feed(Array(tokens[..<6]), chunks: [6])
        #expect(throws: ModelError.tokenOutOfRange(token: token, vocabulary: 267)) {
            try session.forward([1, 2, token], logits: .all)
        }
        #expect(session.position == 6)
        let rest = try session.feed(Array(tokens[6...]), chunks: [6])
        let straight = try model.session().feed(tokens)
        #expect(rest.difference(from: straight.suffix(from: 6)) == nil)
    }

    @Test("A kernel set that the processor lacks is refused")
    func kernelSet() throws {
        let model = try ModelParts().open()
        #expect(throws: ModelError.self) { try model.session(kernelSet: 99) }
        #expect(throws: ModelError.self) { try model.session(kernelSet: -1) }
    }

    @Test("Odd sizes are brought within reason")
    func sizes() throws {
        let model = try ModelParts().open()
        let session = try ModelSession(model: model, contextLength: 9999, threadCount: -4, chunkLength: 0)
        #expect(session.contextLength == 256 && session.threadCount == 1 && session.chunkLength == 1)
        let tiny = try ModelSession(model: model, contextLength: 0, threadCount: 1)
        #expect(tiny.contextLength == 1 && tiny.chunkLength == 1)
        try tiny.forward([5], logits: .all)
        #expect(tiny.capacity == model.description.defaultCapacity)
    }
}
