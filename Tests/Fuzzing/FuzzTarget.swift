import Foundation

/// Something that reads bytes which it did not make, and what has to hold whatever they are.
struct FuzzTarget: Sendable {
    /// What it is called on the command line; its corpus lies in the folder of this name.
    let name: String
    /// Small inputs that are understood, from which others are made.
    let seeds: @Sendable () -> [Data]
    /// Reads an input. What must not happen ends the process.
    let run: @Sendable (UnsafeRawBufferPointer) -> Void

    /// All there are.
    static let all = [
        gguf, split, model, tokenizer, vocabulary, template, keys, markdown, document, trace, kernels,
    ]
}

/// Ends the process, so that the input is kept, where something does not hold.
func require(_ condition: @autoclosure () -> Bool, _ what: @autoclosure () -> String) {
    guard condition() else { fatalError(what()) }
}

/// Hands out the bytes of an input as values; zeros when they are used up.
struct InputReader {
    private(set) var rest: Slice<UnsafeRawBufferPointer>

    init(_ bytes: UnsafeRawBufferPointer) { rest = bytes[...] }

    var isEmpty: Bool { rest.isEmpty }

    mutating func byte() -> UInt8 { rest.popFirst() ?? 0 }

    /// A number of a range.
    mutating func number(in range: ClosedRange<Int>) -> Int {
        let value = Int(byte()) << 8 | Int(byte())
        return range.lowerBound + value % range.count
    }

    /// So many bytes, fewer where there are no more.
    mutating func bytes(_ count: Int) -> Slice<UnsafeRawBufferPointer> {
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }

    /// What is left, as text; what is no UTF-8 becomes U+FFFD.
    var text: String { String(decoding: rest, as: UTF8.self) }
}

/// Files of a process of its own, in memory where the system has such a place.
struct ScratchFiles: Sendable {
    static let shared = ScratchFiles()
    let folder: String

    private init() {
        let memory = FileManager.default.isWritableFile(atPath: "/dev/shm")
        folder = (memory ? "/dev/shm" : NSTemporaryDirectory()) + "/fathom-fuzzing-\(getpid())"
        mkdir(folder, 0o700)
        atexit { try? FileManager.default.removeItem(atPath: ScratchFiles.shared.folder) }
    }

    /// Writes a file and returns its path. A byte count makes it longer by a hole of zeros.
    func write(_ bytes: some Collection<UInt8>, as name: String, padding: Int = 0) -> String {
        let path = folder + "/" + name
        let descriptor = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        require(descriptor >= 0, "cannot write \(path)")
        defer { close(descriptor) }
        let count = bytes.count
        let written =
            bytes.withContiguousStorageIfAvailable { write_(descriptor, $0.baseAddress, count) }
            ?? Array(bytes).withUnsafeBytes { write_(descriptor, $0.baseAddress, count) }
        require(
            written == count && ftruncate(descriptor, off_t(count + padding)) == 0, "cannot write \(path)")
        return path
    }

    private func write_(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
        count == 0 ? 0 : Foundation.write(descriptor, bytes, count)
    }
}
