import Foundation
import GGUF
import InferenceEngine
import MoDModel
import ModelWorkshop
import TestSupport
import Testing
import Tokenization
import fathom

@Suite("Chats that a model writes itself")
struct OwnChatsTests {
    private let directory: TemporaryDirectory
    private let model: MoDModel
    private let tokenizer: Tokenizer
    private static let requests = ["hello", "and the", "what", "the"]

    init() throws {
        directory = try TemporaryDirectory()
        var shape = TinyModel()
        shape.routedBlocks = []
        model = try MoDModel(contentsOf: shape.write(into: directory.url))
        tokenizer = try Tokenizer(file: model.file)
    }

    private func engine() throws -> InferenceEngine {
        try InferenceEngine(
            session: ModelSession(model: model, contextLength: 128, threadCount: 1), tokenizer: tokenizer)
    }

    private var path: String { directory.url.appendingPathComponent("chats").path }

    @Test("Every request gets a reply, and a reply does not depend on where it was gone on from")
    func resuming() async throws {
        var whole = OwnChats(model: model, requests: Self.requests)
        let writer = try engine()
        var shares: [Double] = []
        while let share = try await whole.writeNext(with: writer, limit: .max) {
            shares.append(share)
            if shares.count == 2 { try whole.keep(at: path) }
        }
        #expect(shares == [0.25, 0.5, 0.75, 1])
        #expect(whole.chats.map { $0[0].content } == Self.requests)
        #expect(whole.chats.allSatisfy { $0.map(\.role) == [.user, .assistant] })
        #expect(Set(whole.chats.map { $0[1].content }).count > 1)

        var resumed = OwnChats(model: model, requests: Self.requests)
        try resumed.resume(from: path)
        #expect(resumed.chats == Array(whole.chats.prefix(2)))
        let other = try engine()
        while try await resumed.writeNext(with: other, limit: .max) != nil {}
        #expect(resumed == whole)
    }

    @Test("No more is written than is asked for")
    func limit() async throws {
        var chats = OwnChats(model: model, requests: Self.requests)
        let writer = try engine()
        let share = try await chats.writeNext(with: writer, limit: 1)
        let nothing = try await chats.writeNext(with: writer, limit: 1)
        #expect(share == 1 && nothing == nil)
        #expect(chats.chats.count == 1)
    }

    @Test("A request that the context has no room for gets no reply")
    func tooLong() async throws {
        let long = String(repeating: "hello the ", count: 200)
        var chats = OwnChats(model: model, requests: [long, "hello"])
        let writer = try engine()
        while try await chats.writeNext(with: writer, limit: .max) != nil {}
        #expect(chats.chats.map { $0[0].content } == ["hello"])
    }

    @Test("It does not go on with other requests, nor with what is damaged; without a file it begins")
    func foreign() throws {
        var chats = OwnChats(model: model, requests: Self.requests)
        try chats.resume(from: path)
        try OwnChats(model: model, requests: ["hello"]).keep(at: path)
        #expect(throws: Failure.self) { try chats.resume(from: path) }
        try Data("{}".utf8).write(to: URL(filePath: path))
        #expect(throws: Failure.self) { try chats.resume(from: path) }
    }

    @Test("What a model would not say is not taken for its own")
    func familiar() throws {
        let tokens = (0..<40).map { Int32($0) }
        let foreign = ChatCorpus(chats: [ScoredText(tokens)])
        #expect(try !OwnChats.areFamiliar(foreign, to: model, threads: 1))
        // Of a text in which nothing counts there is nothing to be surprised by.
        let mute = ChatCorpus(chats: [ScoredText(tokens, counts: tokens.map { _ in false })])
        #expect(try OwnChats.areFamiliar(mute, to: model, threads: 1))
    }
}
