import Benchmarking
import Foundation
import TestSupport
import Testing

@Suite("The program that --peer names")
struct PeerProgramTests {
    @Test("is a file that may be run, also by a link or on PATH")
    func programs() throws {
        let folder = try TemporaryDirectory()
        let link = folder.url.appending(path: "link").path
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "/bin/sh")
        #expect(PeerProgram("/bin/sh")?.path == "/bin/sh")
        #expect(PeerProgram(link)?.path == link)
        #expect(PeerProgram("sh")?.path.hasSuffix("/sh") == true)
    }

    @Test("is no folder, no file without the right to be run, and nothing that is not there")
    func others() throws {
        let folder = try TemporaryDirectory()
        let plain = folder.url.appending(path: "plain").path
        try Data("#!/bin/sh\n".utf8).write(to: URL(filePath: plain))
        for path in [folder.url.path, plain, folder.url.appending(path: "missing").path, "", "/"] {
            #expect(PeerProgram(path) == nil, "\(path)")
        }
    }
}
