public import ArgumentParser
public import MoDModel

extension Capacity: ExpressibleByArgument {
    /// Reads a capacity, a number within 0…1; nil for anything else.
    public init?(argument: String) {
        guard let value = Double(argument) else { return nil }
        self.init(value)
    }

    /// The capacity as `--help` shows it.
    public var defaultValueDescription: String { "\(value)" }
}
