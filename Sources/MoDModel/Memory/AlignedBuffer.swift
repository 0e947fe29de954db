import CInt8Kernels
import Foundation

/// Memory on the boundary that kernels ask for, which lives as long as this object: what the forward pass reads and
/// writes through plain pointers.
final class AlignedBuffer<Element: BitwiseCopyable> {
    let count: Int
    let pointer: UnsafeMutablePointer<Element>
    private let allocation: UnsafeMutableRawPointer

    private static var alignment: Int { Int(INT8_ALIGNMENT) }

    /// Allocates `count` elements, all bits zero. The system hands out a large buffer page by page as it is first
    /// touched, so a long context costs memory only as it fills.
    ///
    /// - Throws: `ModelError.resources` if the system refuses: sizes come from files and from options.
    init(_ count: Int) throws(ModelError) {
        self.count = count
        let (bytes, isTooMuch) = max(count, 1).multipliedReportingOverflow(by: MemoryLayout<Element>.stride)
        guard !isTooMuch, let allocation = calloc(bytes / Self.alignment + 2, Self.alignment) else {
            throw .resources("The system refused \(bytes >> 20) MiB of memory.")
        }
        self.allocation = allocation
        pointer = allocation.alignedUp(toMultipleOf: Self.alignment)
            .bindMemory(to: Element.self, capacity: max(count, 1))
    }

    deinit {
        free(allocation)
    }
}
