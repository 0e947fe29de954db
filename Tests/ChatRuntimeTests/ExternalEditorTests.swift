import ChatRuntime
import Foundation
import TestSupport
import Testing

@Suite struct ExternalEditorTests {
    @Test("What the editor leaves in the file comes back, without the newline at its end")
    func edits() throws {
        #expect(try ExternalEditor.edit("a b\n'c'", with: "sed -i s/b/ü/") == "a ü\n'c'")
        #expect(try ExternalEditor.edit("", with: "true") == "")
        #expect(try ExternalEditor.edit("x", with: "sh -c 'printf \"new\\n\\n\" >\"$1\"' -") == "new\n")
    }

    @Test("Nobody else may read the file, and it is gone afterwards")
    func file() throws {
        let listing = try ExternalEditor.edit(
            "secret", with: "sh -c 'ls -l \"$1\" >\"$1.list\"; cat \"$1.list\" >\"$1\"; rm \"$1.list\"' -")
        #expect(listing.hasPrefix("-rw------- "))
        let path = try #require(listing.split(separator: " ").last)
        #expect(!FileManager.default.fileExists(atPath: String(path)))
    }

    @Test("An editor that is missing or fails, and a file that is no text, are told of")
    func failures() {
        for (command, status) in [("no-such-editor-at-all", 127), ("exit 3;", 3), ("kill -9 $$;", 137)]
            as [(String, Int32)]
        {
            do throws(ExternalEditor.Failure) {
                _ = try ExternalEditor.edit("x", with: command)
                Issue.record("\(command) went well")
            } catch {
                guard case .editor(command, status) = error else {
                    Issue.record("\(command): \(error)")
                    continue
                }
            }
        }
        #expect(throws: ExternalEditor.Failure.self) {
            try ExternalEditor.edit("x", with: "sh -c 'printf \"\\377\" >\"$1\"' -")
        }
    }
}
