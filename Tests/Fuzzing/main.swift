// Throws bytes that no one made on purpose at what reads files, keys and texts. `Tests/Fuzzing/run` builds it with the
// sanitizers and calls it; what libFuzzer understands may follow the target's name.

import CLibFuzzer
import Foundation

let arguments = CommandLine.arguments
guard let name = arguments.dropFirst().first else {
    for target in FuzzTarget.all { print(target.name) }
    exit(0)
}
guard let target = FuzzTarget.all.first(where: { $0.name == name }) else {
    FileHandle.standardError.write(Data("There is no target \(name).\n".utf8))
    exit(64)
}
if arguments.count == 4, arguments[2] == "--seeds" {
    for (index, seed) in target.seeds().enumerated() {
        try seed.write(to: URL(fileURLWithPath: arguments[3]).appending(path: "seed-\(index)"))
    }
    exit(0)
}

/// What libFuzzer's callback, which captures nothing, is to run.
let chosen = target
var pointers: [UnsafeMutablePointer<CChar>?] =
    ([arguments[0]] + arguments.dropFirst(2)).map { strdup($0) } + [nil]
var count = Int32(pointers.count - 1)
let status = pointers.withUnsafeMutableBufferPointer { list in
    var list = list.baseAddress
    return LLVMFuzzerRunDriver(&count, &list) { bytes, count in
        chosen.run(UnsafeRawBufferPointer(start: bytes, count: count))
        return 0
    }
}
exit(status)
