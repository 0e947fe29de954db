public import ArgumentParser
public import MoDModel

extension Capacity: ExpressibleByArgument {
    /// Reads a capacity, a number within 0…1; nil for anything else.
    public init?(argument: String) {
        guard let value = Double(argument) else { return nil }
        self.init(value)
    }

    /// What shells offer: the capacities that are worth a look.
    public static var defaultCompletionKind: CompletionKind { .list(["1", "0.875", "0.75", "0.5", "0.25"]) }

    /// The capacity as `--help` shows it.
    public var defaultValueDescription: String { "\(value)" }
}
