/// The name, shape and type of a tensor, known to be sound and to fit in memory's address range.
struct TensorLayout: Sendable, Hashable {
    /// Why a layout was refused; reader and writer say it in their own words.
    struct Refusal: Error {
        let reason: String
    }

    /// The most dimensions a tensor has in ggml.
    static let dimensionLimit = 4
    /// The most bytes a tensor's name has in ggml.
    static let nameLimit = 64

    let name: String
    let shape: [Int]
    let type: GGMLType
    /// Bytes of one row, `shape[0]` numbers.
    let rowBytes: Int
    let rowCount: Int
    let byteCount: Int

    init(name: String, shape: [Int], type: GGMLType) throws(Refusal) {
        guard (1...Self.nameLimit).contains(name.utf8.count) else {
            throw Refusal(reason: "its name should have 1 to \(Self.nameLimit) bytes")
        }
        guard shape.count <= Self.dimensionLimit else {
            throw Refusal(reason: "it has \(shape.count) dimensions, more than \(Self.dimensionLimit)")
        }
        guard shape.allSatisfy({ $0 > 0 }) else {
            throw Refusal(reason: "its shape \(shape) has a dimension that is not positive")
        }
        let rowLength = shape.first ?? 1
        guard rowLength.isMultiple(of: type.blockLength) else {
            throw Refusal(
                reason: "its rows of \(rowLength) numbers are not a whole number of \(type) blocks, "
                    + "which have \(type.blockLength)"
            )
        }
        let (rowBytes, overflow) = (rowLength / type.blockLength).multipliedReportingOverflow(
            by: type.blockBytes)
        guard !overflow,
            let rowCount = Self.product(shape.dropFirst()),
            let byteCount = Self.product([rowBytes, rowCount]),
            // The count of numbers is as good an allocation size as the bytes are.
            let elementCount = Self.product([rowLength, rowCount]), elementCount <= Int.max / 8
        else {
            throw Refusal(reason: "its shape \(shape) is larger than memory can be")
        }
        self.name = name
        self.shape = shape
        self.type = type
        self.rowBytes = rowBytes
        self.rowCount = rowCount
        self.byteCount = byteCount
    }

    private static func product(_ factors: some Sequence<Int>) -> Int? {
        var result = 1
        for factor in factors {
            let (product, overflow) = result.multipliedReportingOverflow(by: factor)
            guard !overflow else { return nil }
            result = product
        }
        return result
    }
}
