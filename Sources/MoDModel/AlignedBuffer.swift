import Foundation

/// Memory on a 64-byte boundary that lives as long as this object: what the forward pass reads and writes
/// through plain pointers.
final class AlignedBuffer<Element: BitwiseCopyable> {
    let count: Int
    let pointer: UnsafeMutablePointer<Element>
    private let allocation: UnsafeMutableRawPointer

    private static var alignment: Int { 64 }

    /// `count` elements, all bits zero. The system hands out a large buffer page by page as it is first
    /// touched, so a long context costs memory only as it fills.
    init(_ count: Int) {
        self.count = count
        let bytes = max(count, 1) * MemoryLayout<Element>.stride
        guard let allocation = calloc(bytes + Self.alignment, 1) else {
            // As for any Swift array: sizes that come from a file are checked before they get here.
            fatalError("out of memory: \(bytes) bytes")
        }
        self.allocation = allocation
        pointer = allocation.alignedUp(toMultipleOf: Self.alignment)
            .bindMemory(to: Element.self, capacity: max(count, 1))
    }

    deinit {
        free(allocation)
    }
}
